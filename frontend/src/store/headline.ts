import type { ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { agentGroup, isCurrent, serviceGroup, severity } from "./fleet";
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
  const services = rowsOf(view, "service");
  const outdated = services.filter((row) => serviceGroup(row) === "RECONNECTING").length;
  const healthy = services.filter((row) => serviceGroup(row) === "HEALTHY").length;
  const reconnecting = rowsOf(view, "agent").filter((row) => agentGroup(row) === "RECONNECTING").length;
  const counts = { services: services.length, bad: services.length - healthy - outdated, outdated, reconnecting };
  return { kind: kindOf(counts), ...counts };
}

export function sameHeadline(a: Headline, b: Headline): boolean {
  return (Object.keys(a) as (keyof Headline)[]).every((key) => a[key] === b[key]);
}

/** The service that most needs somebody; null when none does. */
export function worstService(view: View): ServiceRow | null {
  let worst: ServiceRow | null = null;
  for (const row of rowsOf(view, "service")) {
    if (worst === null || severity(row) < severity(worst)) worst = row;
  }
  return worst === null || (serviceGroup(worst) === "HEALTHY" && isCurrent(worst)) ? null : worst;
}

function kindOf({ services, bad, outdated, reconnecting }: Omit<Headline, "kind">): HeadlineKind {
  if (bad > 0) return "bad";
  if (outdated > 0) return "outdated";
  if (reconnecting > 0) return "reconnecting";
  return services === 0 ? "none" : "well";
}
