import { isRecord } from "../../components/json";

export interface Change {
  readonly key: string;
  /** Undefined: there was none. */
  readonly before: unknown;
  /** Undefined: there is none any more. */
  readonly after: unknown;
}

export interface Told {
  /** What differs; null when the event does not carry what was before. */
  readonly changes: readonly Change[] | null;
  /** What else the event carries. */
  readonly facts: Record<string, unknown>;
}

/**
 * What the metadata of an event tells: some carry `before` and `after`, some their new values plainly
 * and beside them the old ones as `before`.
 */
export function toldBy(metadata: Record<string, unknown>): Told {
  const { before, after, ...rest } = metadata;
  if (!isRecord(before)) return { changes: null, facts: metadata };
  return isRecord(after) ? { changes: changed(before, after), facts: rest } : { changes: changed(before, rest), facts: {} };
}

function changed(before: Record<string, unknown>, after: Record<string, unknown>): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.map((key) => ({ key, before: before[key], after: after[key] })).filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}
