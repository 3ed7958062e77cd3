import { useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { useSession, useSessionLost } from "../../api/session";
import { isRecord } from "../json";
import { openValues } from "./openValues";

type Payload = Record<string, unknown>;

const KEPT = "opstage.typed";

interface Typed {
  /** What stands in the form: what it begins with, until the person types. */
  readonly payload: Payload;
  readonly type: (payload: Payload) => void;
  /** It holds what was typed before the session ended, and nothing since. */
  readonly isBack: boolean;
}

/**
 * What is typed into the form of this name. When the session ends under it, all but the secrets waits in
 * this tab until the same person comes back to the same form; another form forgets it.
 */
export function useTyped(form: string, schema: Record<string, unknown> | undefined, initial: Payload): Typed {
  const user = useSession().data?.user.id;
  const [back] = useState(() => kept(user, form));
  const [now, setNow] = useState({ form, payload: back });
  const typed = now.form === form ? now.payload : null;
  const last = useRef({});
  if (user !== undefined && schema !== undefined && typed !== null) last.current = { user, form, payload: openValues(typed, schema) };
  useKeeping(last);
  const isBack = typed !== null && typed === back;
  const payload = useMemo(() => (isBack ? { ...initial, ...typed } : (typed ?? initial)), [isBack, initial, typed]);
  return { payload, type: (next) => setNow({ form, payload: next }), isBack };
}

/** Keeps it when the form goes because the session has ended; a form that begins forgets what was kept. */
function useKeeping(last: RefObject<object>): void {
  const isLost = useSessionLost();
  useEffect(() => {
    sessionStorage.removeItem(KEPT);
    return () => {
      if (isLost()) sessionStorage.setItem(KEPT, JSON.stringify(last.current));
    };
  }, [isLost, last]);
}

function kept(user: string | undefined, form: string): Payload | null {
  const found: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return isRecord(found) && found.user === user && found.form === form && isRecord(found.payload) ? found.payload : null;
}
