import type { AuditRow } from "../wire/frames";

/** Up to where events are read over REST; what comes later is news. */
interface Anchor {
  readonly sequence: number;
  /** Null while there are no events. */
  readonly createdAt: string | null;
}

/** The end of the trail as it grows before somebody's eyes. */
export interface Tail {
  readonly anchor: Anchor;
  /** What came after the anchor, newest first. */
  readonly news: readonly AuditRow[];
  readonly last: number;
  /** Events up to this number are shown; later ones wait while somebody reads. */
  readonly shown: number;
  /** Some were missed, or there are too many: what waits is not all that came. */
  readonly broken: boolean;
}

/** News that are kept; beyond it the tail begins anew, with the rest behind its anchor. */
export const KEPT = 2000;

/** The tail after the view changed; while it is not followed nothing is added to what is shown. */
export function advance(tail: Tail | null, rows: readonly AuditRow[], following: boolean): Tail {
  if (tail === null || (tail.broken && following)) return begin(rows);
  const fresh = rows.filter((row) => numberOf(row) > tail.last).sort((a, b) => numberOf(b) - numberOf(a));
  const whole = isWhole(tail, fresh);
  if (!whole && following) return begin(rows);
  if (tail.broken || !whole) return tail.broken ? tail : { ...tail, broken: true };
  return grown(tail, fresh, following);
}

function grown(tail: Tail, fresh: readonly AuditRow[], following: boolean): Tail {
  const last = fresh.reduce((most, row) => Math.max(most, numberOf(row)), tail.last);
  const shown = following ? last : tail.shown;
  if (fresh.length === 0 && shown === tail.shown) return tail;
  return { ...tail, news: [...fresh, ...tail.news], last, shown };
}

/** Numbers have no gaps, so a missing one is an event that went by while nobody looked. */
function isWhole(tail: Tail, fresh: readonly AuditRow[]): boolean {
  const oldest = fresh.at(-1);
  return oldest === undefined || (numberOf(oldest) === tail.last + 1 && tail.news.length + fresh.length <= KEPT);
}

function begin(rows: readonly AuditRow[]): Tail {
  const sequence = rows.reduce((most, row) => Math.max(most, numberOf(row)), 0);
  const createdAt = rows.reduce<string | null>((latest, row) => (latest === null || row.createdAt > latest ? row.createdAt : latest), null);
  return { anchor: { sequence, createdAt }, news: [], last: sequence, shown: sequence, broken: false };
}

function numberOf(row: AuditRow): number {
  return row.sequence ?? 0;
}
