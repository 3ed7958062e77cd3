import type { OutputLine } from "./frames";

/** A line of output, or a note that `dropped` lines are missing before the next one. */
export type OutputEntry =
  | { readonly offset: number; readonly line: OutputLine }
  | { readonly offset: number; readonly dropped: number };

/**
 * Output of one command in order. Lines come again after a reconnect and are ignored then; lines
 * that differ from what is there mean that the command was started anew, and replace it.
 */
export class OutputLog {
  /** Grows in place; `version` tells readers that it did. */
  entries: OutputEntry[] = [];
  version = 0;
  #next = 0;

  /** How many lines were written, missing ones included. */
  get total(): number {
    return this.#next;
  }

  append(offset: number, lines: readonly OutputLine[]): void {
    if (offset < this.#next && this.#differs(offset, lines)) this.#cut(offset);
    const fresh = lines.slice(Math.max(0, this.#next - offset));
    if (fresh.length > 0 || offset > this.#next) this.#add(offset + lines.length - fresh.length, fresh);
  }

  /** Forgets everything: a new attempt begins. */
  restart(): void {
    this.#cut(0);
  }

  #add(offset: number, lines: readonly OutputLine[]): void {
    if (offset > this.#next) this.entries.push({ offset: this.#next, dropped: offset - this.#next });
    lines.forEach((line, index) => this.entries.push({ offset: offset + index, line }));
    this.#next = offset + lines.length;
    this.version += 1;
  }

  #differs(offset: number, lines: readonly OutputLine[]): boolean {
    const known = this.entries.find((entry) => entry.offset === offset);
    const first = lines[0];
    if (first === undefined) return false;
    if (known === undefined || !("line" in known)) return true;
    return known.line.text !== first.text || known.line.at !== first.at;
  }

  #cut(offset: number): void {
    this.entries = this.entries.filter((entry) => entry.offset < offset);
    this.#next = offset;
    this.version += 1;
  }
}
