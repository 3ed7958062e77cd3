import { useEffect, useMemo, useState } from "react";
import { useOlderEvents, type AuditFilter } from "../../api/audit";
import { advance, type Tail } from "../../store/auditTail";
import { rowsOf } from "../../store/derived";
import { useView } from "../../store/hooks";
import type { AuditRow } from "../../wire/frames";
import { matches } from "./filter";

const NO_ROWS: readonly AuditRow[] = [];

/** The events to show, newest first: what came since the page was opened, and before it what REST has. */
export function useAuditList(filter: AuditFilter, following: boolean) {
  const tail = useTail(following);
  const older = useOlderEvents(filter, tail?.anchor ?? null);
  const news = useMemo(() => (tail?.news ?? NO_ROWS).filter((row) => matches(filter, row)), [tail, filter]);
  const pages = older.data?.pages;
  const rows = useMemo(() => {
    const old = (pages ?? []).flatMap((page) => page.data);
    const known = new Set(old.map((row) => row.id));
    const fresh = news.filter((row) => (row.sequence ?? 0) <= (tail?.shown ?? 0) && !known.has(row.id));
    return [...fresh, ...old];
  }, [pages, news, tail?.shown]);
  const waiting = news.filter((row) => (row.sequence ?? 0) > (tail?.shown ?? 0)).length;
  return { rows, older, waiting, more: tail?.broken === true };
}

/** What happens from now on; the live view tells. */
function useTail(following: boolean): Tail | null {
  const store = useView("audit");
  const [tail, setTail] = useState<Tail | null>(null);
  useEffect(() => {
    const take = () => {
      if (store.view.ready) setTail((before) => advance(before, rowsOf(store.view, "audit"), following));
    };
    take();
    return store.listen(take);
  }, [store, following]);
  return tail;
}

/** Further down than this somebody reads. */
const READING = 80;

/** True while the page is scrolled down. */
export function useScrolledDown(): boolean {
  const [down, setDown] = useState(false);
  useEffect(() => {
    const look = () => setDown(window.scrollY > READING);
    look();
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, []);
  return down;
}
