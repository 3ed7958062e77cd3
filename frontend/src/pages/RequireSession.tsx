import { useEffect, useState, type ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { useHasLeft, useSession } from "../api/session";
import { FailureState } from "../components/EmptyState";
import { ShellSkeleton } from "../components/ShellSkeleton";
import { clock } from "../store/clock";
import { useLinkStatus, useLive } from "../store/hooks";
import { CloseCode } from "../wire/frames";

/** Shows its children to people who are signed in, and keeps the live connection while it does. */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useSession();
  const { pathname, search, state } = useLocation();
  const [wasIn, setWasIn] = useState(false);
  const left = useHasLeft();
  if (!wasIn && session.data) setWasIn(true);
  if (session.isPending) return <ShellSkeleton />;
  if (session.error !== null) return <FailureState error={session.error} retry={() => void session.refetch()} />;
  if (session.data === null) return <Navigate to="/login" replace state={{ from: pathname + search, kept: state, ended: wasIn && !left }} />;
  return <LiveSession userId={session.data.user.id}>{children}</LiveSession>;
}

function LiveSession({ userId, children }: { userId: string; children: ReactNode }) {
  const live = useLive();
  useEffect(() => {
    live.link.start();
    return () => live.clear();
  }, [live, userId]);
  useFollowSession();
  return children;
}

/** What the socket learns about the session reaches the session query. */
function useFollowSession(): void {
  const { hello, code } = useLinkStatus();
  const { data, refetch } = useSession();
  const role = data?.user.role;
  useEffect(() => {
    if (hello !== null) clock.set(hello.serverTime);
  }, [hello]);
  useEffect(() => {
    const ended = code === CloseCode.CREDENTIAL || code === CloseCode.DISABLED;
    if (ended || (hello !== null && role !== undefined && hello.user.role !== role)) void refetch();
  }, [hello, code, role, refetch]);
}
