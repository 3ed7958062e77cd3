import { useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { PREVIEW_KEY, useRunPreview, type Aim } from "../../api/runs";
import { rowsOf } from "../../store/derived";
import { useDerived, useView } from "../../store/hooks";
import type { RunPreviewBody, ServiceRow } from "../../wire/frames";
import type { View } from "../../wire/view";
import { aimOf, type Draft } from "./draft";

/** So long is waited for the next keystroke, and for the next change of the fleet. */
const SETTLE_MS = 400;

/** What the drafted run would do, asked again whenever the draft or what it is aimed at changes. */
export function usePreview(draft: Draft): UseQueryResult<RunPreviewBody> {
  const aim = useSettled(useSteadyAim(draft));
  const preview = useRunPreview({ aim, actionName: draft.action });
  useFreshWhenTargetsChange(aim);
  return preview;
}

function useSteadyAim(draft: Draft): Aim | null {
  const aim = aimOf(draft);
  const text = JSON.stringify(aim);
  return useMemo(() => JSON.parse(text) as Aim | null, [text]);
}

/** The value once it has stayed the same for a moment; the first one at once. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** The live view tells when a target comes, goes, or may have become ready or not. */
function useFreshWhenTargetsChange(aim: Aim | null): void {
  const queries = useQueryClient();
  const store = useView(aim !== null && "selector" in aim ? `fleet:${aim.selector}` : "fleet");
  const said = useDerived(
    store,
    useMemo(() => (view: View) => signs(view, aim), [aim]),
  );
  const seen = useRef({ aim, said });
  const due = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    const before = seen.current;
    seen.current = { aim, said };
    // Also when the view has just come: what was asked before it may be older.
    if (before.aim !== aim || before.said === said) return;
    due.current ??= setTimeout(() => {
      due.current = null;
      void queries.invalidateQueries({ queryKey: PREVIEW_KEY });
    }, SETTLE_MS);
  }, [aim, said, queries]);
}

/** What of the targets decides whether they are ready. */
function signs(view: View, aim: Aim | null): string {
  if (aim === null) return "";
  const rows = "selector" in aim ? rowsOf(view, "service") : aim.serviceIds.map((id) => view.rows.get(id));
  return rows
    .filter((row): row is ServiceRow => row?.kind === "service")
    .map(({ id, status, statusReason, connection, updatedAt }) => [id, status, statusReason, connection, updatedAt].join(" "))
    .join("\n");
}
