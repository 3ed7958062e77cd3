import type { CommandRow } from "../wire/frames";
import type { View } from "../wire/view";
import { countBy, rowsOf } from "./derived";
import type { Filter } from "./fleet";
import { compareValues, natural, type Sort, type SortValue } from "./ordering";

export const COMMAND_STATES = ["RUNNING", "PENDING", "FAILED", "EXPIRED", "CANCELLED", "SUCCEEDED"] as const;

/** Which commands are listed. Empty means any; form requests are left out unless asked for. */
export interface CommandFilter extends Filter {
  readonly action: string;
  readonly service: string;
  readonly agent: string;
  readonly withPrepare: boolean;
}

export const ALL_COMMANDS: CommandFilter = { text: "", groups: [], action: "", service: "", agent: "", withPrepare: false };
export const NEWEST: Sort = { key: "created", descending: true };

/** Keys of the commands that pass, in order; those that are equal in it the newest first. */
export function selectCommands(filter: CommandFilter, sort: Sort = NEWEST): (view: View) => string[] {
  return (view) => listed(rowsOf(view, "command"), filter, sort).map((row) => row.id);
}

/** The commands that pass, in order. */
export function listed(rows: readonly CommandRow[], filter: CommandFilter, { key, descending }: Sort): CommandRow[] {
  const passes = passing(filter);
  const value = VALUES[key] ?? createdAt;
  return rows.filter(passes).sort((a, b) => compareValues(value(a), value(b), descending) || newestFirst(a, b));
}

const createdAt = (row: CommandRow): SortValue => row.createdAt;
const VALUES: Record<string, (row: CommandRow) => SortValue> = {
  action: (row) => natural(row.actionLabel),
  state: (row) => COMMAND_STATES.findIndex((state) => state === row.status),
  service: (row) => natural(row.serviceName),
  agent: (row) => natural(row.agentCode),
  by: (row) => (row.createdBy === null ? null : natural(row.createdBy)),
  created: createdAt,
  ended: (row) => row.completedAt,
  attempt: (row) => row.attempt,
  duration: (row) => row.durationMs,
};

function passing({ text, groups, action, service, agent, withPrepare }: CommandFilter): (row: CommandRow) => boolean {
  const needle = text.trim().toLowerCase();
  return (row) =>
    (withPrepare || !isPrepare(row)) &&
    (groups.length === 0 || groups.includes(row.status)) &&
    (action === "" || row.actionName === action) &&
    (service === "" || row.serviceId === service) &&
    (agent === "" || row.agentId === agent) &&
    (needle === "" || words(row).includes(needle));
}

/** The newest few of the commands that `owns` lets pass, without form requests. */
export function selectNewest(owns: (row: CommandRow) => boolean, most: number): (view: View) => CommandRow[] {
  return (view) =>
    rowsOf(view, "command")
      .filter((row) => !isPrepare(row) && owns(row))
      .sort(newestFirst)
      .slice(0, most);
}

/** How many of those that pass but for their state are in each state. */
export function countCommands(filter: CommandFilter): (view: View) => Record<string, number> {
  const passes = passing({ ...filter, groups: [] });
  return (view) => countBy(rowsOf(view, "command").filter(passes), (row) => row.status);
}

/** What there is to choose from: names of actions, services and agents under what they are filtered by. */
export interface CommandChoices {
  readonly action: Record<string, string>;
  readonly service: Record<string, string>;
  readonly agent: Record<string, string>;
}

export function commandChoices(view: View): CommandChoices {
  const found = { action: {} as Record<string, string>, service: {} as Record<string, string>, agent: {} as Record<string, string> };
  for (const row of rowsOf(view, "command")) {
    found.action[row.actionName] = row.actionLabel;
    found.service[row.serviceId] = row.serviceName;
    found.agent[row.agentId] = row.agentCode;
  }
  return found;
}

export function sameChoices(a: CommandChoices, b: CommandChoices): boolean {
  return (["action", "service", "agent"] as const).every((kind) => {
    const keys = Object.keys(a[kind]);
    return keys.length === Object.keys(b[kind]).length && keys.every((key) => a[kind][key] === b[kind][key]);
  });
}

/** When the oldest of the ended commands ended: older ones are not in the view. */
export function oldestEnd(view: View): string | null {
  let oldest: string | null = null;
  for (const { completedAt } of rowsOf(view, "command")) {
    if (completedAt !== null && (oldest === null || completedAt < oldest)) oldest = completedAt;
  }
  return oldest;
}

/** When each failed command ended. */
export function failureTimes(view: View): string[] {
  return rowsOf(view, "command").flatMap((row) =>
    row.status === "FAILED" && row.completedAt !== null && !isPrepare(row) ? [row.completedAt] : [],
  );
}

export function isPrepare(row: { type: string }): boolean {
  return row.type === "ACTION_PREPARE";
}

function newestFirst(a: CommandRow, b: CommandRow): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

function words(row: CommandRow): string {
  return [row.actionLabel, row.actionName, row.serviceName, row.serviceCode, row.createdBy ?? "", row.errorCode ?? ""]
    .join("\n")
    .toLowerCase();
}
