import type { CommandDetailRow } from "../wire/frames";

type StepKey = "created" | "sent" | "started" | "progress" | "cancelling" | "finished";
/** `next`: what the command waits for now. */
export type Phase = "done" | "current" | "next" | "ahead";

/** One station of a command on its way. */
export interface Step {
  readonly key: StepKey;
  readonly at: string | null;
  readonly phase: Phase;
  /** Milliseconds since the station before; null where one of the two times is not known. */
  readonly delay: number | null;
  /** The station before, from which the waiting counts. */
  readonly since: string | null;
}

type Known = readonly [StepKey, string | null];

/** The way of a command: what it has passed in the order of time, and what lies ahead while it goes on. */
export function stepsOf(command: CommandDetailRow): Step[] {
  const finished = command.completedAt !== null;
  const passed = inTime(stations(command).filter(([, at]) => at !== null));
  const ahead = finished ? [] : stations(command).filter(([key, at]) => at === null && expected(key));
  return [...passed, ...ahead].map((station, index, all) => {
    const since = all[index - 1]?.[1] ?? null;
    return { key: station[0], at: station[1], phase: phaseOf(index, passed.length, finished), delay: delayOf(since, station[1]), since };
  });
}

function stations(command: CommandDetailRow): Known[] {
  const { createdAt, sentAt, startedAt, cancelRequestedAt, completedAt } = command;
  return [
    ["created", createdAt],
    ["sent", sentAt],
    ["started", startedAt],
    ["progress", progressAt(command)],
    ["cancelling", cancelRequestedAt],
    ["finished", completedAt],
  ];
}

/** The row changes with nothing but its progress while it runs; that is not kept beyond the end. */
function progressAt({ status, percent, progressMessage, cancelRequestedAt, updatedAt }: CommandDetailRow): string | null {
  const told = percent !== null || progressMessage !== null;
  return status === "RUNNING" && told && cancelRequestedAt === null ? updatedAt : null;
}

/** Not every command tells its progress, and few are cancelled. */
function expected(key: StepKey): boolean {
  return key !== "progress" && key !== "cancelling";
}

function inTime(passed: readonly Known[]): Known[] {
  return [...passed].sort(([, a], [, b]) => Date.parse(a ?? "") - Date.parse(b ?? ""));
}

function phaseOf(index: number, passed: number, finished: boolean): Phase {
  if (index >= passed) return index === passed ? "next" : "ahead";
  return !finished && index === passed - 1 ? "current" : "done";
}

function delayOf(since: string | null, at: string | null): number | null {
  return since === null || at === null ? null : Math.max(0, Date.parse(at) - Date.parse(since));
}
