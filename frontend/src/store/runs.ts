import type { RunRow, RunTargetRow } from "../wire/frames";
import type { View } from "../wire/view";
import { countBy, rowsOf } from "./derived";
import type { Filter } from "./fleet";

export const RUN_STATES = ["RUNNING", "FAILED", "STOPPED", "SUCCEEDED"] as const;

/** In the order of a bar: what has ended first, what has not begun last. */
export const TARGET_STATES = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED", "SKIPPED", "RUNNING", "PENDING", "WAITING"] as const;
type TargetState = (typeof TARGET_STATES)[number];

/** States that count against the run, as the server counts them. */
const FAILURES: ReadonlySet<string> = new Set(["FAILED", "EXPIRED", "CANCELLED"]);
const OPEN: ReadonlySet<string> = new Set(["WAITING", "PENDING", "RUNNING"]);
const UNDER_WAY: ReadonlySet<string> = new Set(["PENDING", "RUNNING"]);

export interface Outcome {
  readonly state: TargetState;
  readonly count: number;
}

/** How many targets have each state that occurs. */
export function outcomes(counts: Readonly<Record<string, number>>): Outcome[] {
  return TARGET_STATES.map((state) => ({ state, count: counts[state] ?? 0 })).filter(({ count }) => count > 0);
}

function sum(counts: Readonly<Record<string, number>>, states: ReadonlySet<string>): number {
  return Object.entries(counts).reduce((all, [state, count]) => all + (states.has(state) ? count : 0), 0);
}

/** Targets about which nothing more will happen. */
export function settled({ total, counts }: Pick<RunRow, "total" | "counts">): number {
  return total - sum(counts, OPEN);
}

/** Targets whose command is on its way or at work: what can be cancelled. */
export function underWay({ counts }: Pick<RunRow, "counts">): number {
  return sum(counts, UNDER_WAY);
}

/** What a run that has ended comes down to; null while it goes on. */
export type Verdict = "all" | "ready" | "failed" | "operator" | "limit" | null;

export function verdictOf({ status, stopReason, counts }: Pick<RunRow, "status" | "stopReason" | "counts">): Verdict {
  if (status === "RUNNING") return null;
  if (status === "STOPPED") return stopReason === "FAILURES" ? "limit" : "operator";
  if (status === "FAILED") return "failed";
  return (counts.SKIPPED ?? 0) > 0 ? "ready" : "all";
}

/** Keys of the runs that pass, the newest first. */
export function selectRuns({ text, groups }: Filter): (view: View) => string[] {
  const needle = text.trim().toLowerCase();
  return (view) =>
    rowsOf(view, "run")
      .filter((row) => passes(groups, row.status) && runWords(row).includes(needle))
      .sort((a, b) => compare(b.createdAt, a.createdAt) || compare(b.id, a.id))
      .map(({ id }) => id);
}

export function countRuns(view: View): Record<string, number> {
  return countBy(rowsOf(view, "run"), ({ status }) => status);
}

/** Keys of the targets that pass, in the order in which their turn comes. */
export function selectTargets({ text, groups }: Filter): (view: View) => string[] {
  const needle = text.trim().toLowerCase();
  return (view) =>
    targetsInOrder(view)
      .filter((row) => passes(groups, row.status) && targetWords(row).includes(needle))
      .map(({ id }) => id);
}

/** With this code are skipped whose turn had not come when the run was stopped. */
const NOT_REACHED = "RUN_STOPPED";

/** The services on which the run failed, in its order. */
export function failedServices(view: View): string[] {
  return servicesOf(view, ({ status }) => FAILURES.has(status));
}

/** The services that a run which was stopped did not come to, in its order. */
export function unreachedServices(view: View): string[] {
  return servicesOf(view, ({ status, errorCode }) => status === "SKIPPED" && errorCode === NOT_REACHED);
}

function servicesOf(view: View, wanted: (row: RunTargetRow) => boolean): string[] {
  return targetsInOrder(view)
    .filter(wanted)
    .map(({ serviceId }) => serviceId);
}

function targetsInOrder(view: View): RunTargetRow[] {
  return rowsOf(view, "runTarget").sort((a, b) => a.position - b.position);
}

function passes(groups: readonly string[], group: string): boolean {
  return groups.length === 0 || groups.includes(group);
}

function runWords(row: RunRow): string {
  return [row.actionLabel, row.actionName, row.createdBy ?? "", row.selector ?? ""].join("\n").toLowerCase();
}

function targetWords(row: RunTargetRow): string {
  const { serviceName, serviceCode, agentCode, errorCode, errorMessage } = row;
  return [serviceName, serviceCode, agentCode, errorCode ?? "", errorMessage ?? ""].join("\n").toLowerCase();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
