import type { CommandRow } from "../wire/frames";
import type { View } from "../wire/view";
import { countBy, rowsOf } from "./derived";
import type { Filter } from "./fleet";

export const COMMAND_STATES = ["RUNNING", "PENDING", "FAILED", "EXPIRED", "CANCELLED", "SUCCEEDED"] as const;

/** Keys of the commands that pass, the newest first. Form requests are left out unless asked for. */
export function selectCommands({ text, groups }: Filter, withPrepare: boolean): (view: View) => string[] {
  const needle = text.trim().toLowerCase();
  return (view) =>
    rowsOf(view, "command")
      .filter((row) => (withPrepare || !isPrepare(row)) && (groups.length === 0 || groups.includes(row.status)))
      .filter((row) => needle === "" || words(row).includes(needle))
      .sort((a, b) => newestFirst(a, b))
      .map((row) => row.id);
}

/** The newest few of the commands that `owns` lets pass, without form requests. */
export function selectNewest(owns: (row: CommandRow) => boolean, most: number): (view: View) => CommandRow[] {
  return (view) =>
    rowsOf(view, "command")
      .filter((row) => !isPrepare(row) && owns(row))
      .sort(newestFirst)
      .slice(0, most);
}

export function countCommands(withPrepare: boolean): (view: View) => Record<string, number> {
  return (view) =>
    countBy(
      rowsOf(view, "command").filter((row) => withPrepare || !isPrepare(row)),
      (row) => row.status,
    );
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
