import type { CommandRow } from "../wire/frames";
import type { View } from "../wire/view";
import { rowsOf } from "./derived";
import { isPrepare } from "./commands";
import { severity } from "./fleet";

/** Keys of the services of one agent, the worst first, then by name. */
export function selectServicesOf(agentId: string): (view: View) => string[] {
  return (view) =>
    rowsOf(view, "service")
      .filter((row) => row.agentId === agentId)
      .sort((a, b) => severity(a) - severity(b) || a.name.localeCompare(b.name))
      .map(({ id }) => id);
}

/** The commands of one agent that the view has. */
export function selectCommandsOf(agentId: string): (view: View) => CommandRow[] {
  return (view) => rowsOf(view, "command").filter((row) => row.agentId === agentId && !isPrepare(row));
}

export function sameRows(a: readonly CommandRow[], b: readonly CommandRow[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index]);
}

/** Both together, the newest first; what is live is newer than what was fetched. */
export function newestCommands(live: readonly CommandRow[], fetched: readonly CommandRow[]): CommandRow[] {
  const all = new Map([...fetched, ...live].map((row) => [row.id, row]));
  return [...all.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}
