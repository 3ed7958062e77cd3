import type { ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { countAgents, countServices, needsAttention, serviceGroup, severity, type ServiceGroup } from "./fleet";
import { rowsOf } from "./derived";

/** What the whole fleet comes down to; only `well` may look good. */
export type HeadlineKind = "none" | "bad" | "outdated" | "reconnecting" | "well";

export interface Headline {
  readonly kind: HeadlineKind;
  readonly services: number;
  /** Services that need attention. */
  readonly bad: number;
  /** Services whose last word was good, and whose agent is not there to repeat it. */
  readonly outdated: number;
  /** Agents that are expected back. */
  readonly reconnecting: number;
}

export function headline(view: View): Headline {
  const services = countServices(view);
  const counts = {
    services: sumOf(services, () => true),
    bad: sumOf(services, (group) => needsAttention(group as ServiceGroup)),
    outdated: services.RECONNECTING ?? 0,
    reconnecting: countAgents(view).RECONNECTING ?? 0,
  };
  return { kind: kindOf(counts), ...counts };
}

function sumOf(counts: Record<string, number>, takes: (group: string) => boolean): number {
  return Object.entries(counts).reduce((sum, [group, count]) => (takes(group) ? sum + count : sum), 0);
}

export function sameHeadline(a: Headline, b: Headline): boolean {
  return (Object.keys(a) as (keyof Headline)[]).every((key) => a[key] === b[key]);
}

/** How many of them the headline names. */
const NAMED = 3;

/** The services that most need somebody: the worst first, and of those alike the one that turned last. */
export function worstServices(view: View): string[] {
  const worst: ServiceRow[] = [];
  for (const row of rowsOf(view, "service")) {
    const last = worst[NAMED - 1];
    if (serviceGroup(row) === "HEALTHY" || (last !== undefined && worstFirst(last, row) < 0)) continue;
    worst.push(row);
    worst.sort(worstFirst).splice(NAMED);
  }
  return worst.map(({ id }) => id);
}

function worstFirst(a: ServiceRow, b: ServiceRow): number {
  return severity(a) - severity(b) || latestFirst(a, b);
}

function latestFirst(a: ServiceRow, b: ServiceRow): number {
  if (a.statusSince === b.statusSince) return a.id < b.id ? -1 : 1;
  return a.statusSince < b.statusSince ? 1 : -1;
}

function kindOf({ services, bad, outdated, reconnecting }: Omit<Headline, "kind">): HeadlineKind {
  if (bad > 0) return "bad";
  if (outdated > 0) return "outdated";
  if (reconnecting > 0) return "reconnecting";
  return services === 0 ? "none" : "well";
}
