import type { Cursor, Delta, OutputLines, Row, Snapshot } from "./frames";
import { OutputLog } from "./output";

/** Keys whose rows differ from before. */
export type Changed = ReadonlySet<string>;
export type GoneReason = "not-found" | "forbidden";

const NOTHING: Changed = new Set();

interface Staged {
  readonly epoch: string;
  readonly revision: number;
  readonly rows: Map<string, Row>;
}

/**
 * One followed view: a keyed collection at one revision of one epoch.
 *
 * Pages of a snapshot are put aside until the last one is there, so readers never see half of it,
 * and what was shown before stays until then.
 */
export class View {
  readonly rows = new Map<string, Row>();
  readonly output = new OutputLog();
  /** Where the view is; null until the first snapshot is complete. */
  cursor: Cursor | null = null;
  gone: GoneReason | null = null;
  /** What the server said of a name it can make nothing of, such as a selector that is none. */
  rejection: string | null = null;
  #staged: Staged | null = null;

  get ready(): boolean {
    return this.cursor !== null;
  }

  /** Takes one page; the answer names what changed, which is nothing before the last page. */
  snapshot(page: Snapshot): Changed {
    const staged = this.#stage(page);
    for (const row of page.rows) staged.rows.set(row.id, row);
    return page.done ? this.#replace(staged) : NOTHING;
  }

  /** Takes a delta; null means that it does not start where this view is. */
  delta(delta: Delta): Changed | null {
    if (this.cursor === null || delta.from !== this.cursor.revision) return null;
    const changed = new Set<string>();
    for (const row of delta.upsert) {
      this.#set(row);
      changed.add(row.id);
    }
    for (const key of delta.remove) if (this.rows.delete(key)) changed.add(key);
    this.cursor = { epoch: this.cursor.epoch, revision: delta.revision };
    return changed;
  }

  /** Takes a mark; false means that changes before it were missed. */
  mark(revision: number): boolean {
    return this.cursor?.revision === revision;
  }

  append(frame: OutputLines): void {
    this.output.append(frame.offset, frame.lines);
  }

  /** The view cannot be followed. */
  refused(reason: GoneReason, rejection: string | null): void {
    this.gone = reason;
    this.rejection = rejection;
  }

  /** A lost connection: pages that never came will not come any more. */
  interrupted(): void {
    this.#staged = null;
  }

  #stage(page: Snapshot): Staged {
    const staged = this.#staged;
    if (staged?.epoch === page.epoch && staged.revision === page.revision) return staged;
    this.#staged = { epoch: page.epoch, revision: page.revision, rows: new Map() };
    return this.#staged;
  }

  #replace({ epoch, revision, rows }: Staged): Changed {
    const changed = new Set<string>(rows.keys());
    for (const key of this.rows.keys()) changed.add(key);
    for (const key of this.rows.keys()) if (!rows.has(key)) this.rows.delete(key);
    for (const row of rows.values()) this.#set(row);
    this.#staged = null;
    this.gone = null;
    this.rejection = null;
    this.cursor = { epoch, revision };
    return changed;
  }

  #set(row: Row): void {
    const before = this.rows.get(row.id);
    const anew = row.kind === "commandDetail" && before?.kind === row.kind && before.attempt !== row.attempt;
    if (anew) this.output.restart();
    this.rows.set(row.id, row);
  }
}
