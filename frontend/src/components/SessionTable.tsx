import { Button, Popconfirm } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useRefetchOn } from "../api/refetch";
import { SESSIONS_KEY, useEndSession, useSessions, type OpenSession } from "../api/sessions";
import { EmptyState, FailureState } from "./EmptyState";
import { ErrorNote } from "./ErrorNote";
import { PageSkeleton } from "./PageSkeleton";
import { PlainTable, type PlainColumn } from "./PlainTable";
import { RelativeTime } from "./RelativeTime";
import { useProgramText } from "./useProgramText";

const NEWS = ["session.", "user."];

/** Where somebody is signed in, and the way to end it. */
export function SessionTable({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const sessions = useSessions(userId);
  const columns = useColumns();
  useRefetchOn(SESSIONS_KEY, NEWS);
  if (sessions.error !== null) return <FailureState error={sessions.error} retry={() => void sessions.refetch()} />;
  if (sessions.data === undefined) return <PageSkeleton rows={2} />;
  if (sessions.data.data.length === 0) return <EmptyState title={t("me.noSessions")} />;
  return <PlainTable columns={columns} rows={sessions.data.data} rowKey={({ id }) => id} label={t("me.sessions")} />;
}

function useColumns(): PlainColumn<OpenSession>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "where", title: t("me.where"), cell: (session) => <Where session={session} /> },
      { key: "used", title: t("me.lastSeen"), cell: ({ lastUsedAt }) => <RelativeTime at={lastUsedAt} /> },
      { key: "since", title: t("me.since"), cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
      { key: "ends", title: t("me.ends"), cell: ({ expiresAt }) => <RelativeTime at={expiresAt} /> },
      { key: "do", title: "", cell: (session) => <EndButton session={session} /> },
    ],
    [t],
  );
}

function Where({ session: { userAgent, ipAddress, current } }: { session: OpenSession }) {
  const { t } = useTranslation();
  const program = useProgramText();
  return (
    <span className="two-lines">
      <span title={userAgent ?? undefined}>
        <span className="strong">{userAgent === null ? t("me.unknownProgram") : program(userAgent)}</span>
        {current && <span className="chip own">{t("me.thisSession")}</span>}
      </span>
      {ipAddress !== null && <code className="faint">{ipAddress}</code>}
    </span>
  );
}

function EndButton({ session }: { session: OpenSession }) {
  const { t } = useTranslation();
  const end = useEndSession();
  return (
    <div className="row-buttons">
      <Popconfirm
        title={t(session.current ? "me.endThisAsk" : "me.endAsk")}
        okText={t("me.end")}
        cancelText={t("common.back")}
        okButtonProps={{ danger: true }}
        placement="topRight"
        onConfirm={() => end.mutate(session.id)}
      >
        <Button size="small" danger loading={end.isPending}>
          {t("me.end")}
        </Button>
      </Popconfirm>
      {end.error !== null && <ErrorNote error={end.error} />}
    </div>
  );
}
