import type { RegistrationToken } from "../../api/types";
import { rowsOf } from "../../store/derived";
import type { AgentRow } from "../../wire/frames";
import type { View } from "../../wire/view";

type StepName = "made" | "registered" | "connected" | "reported";
/** `over`: it will not happen any more. */
export type StepState = "done" | "waiting" | "ahead" | "over";

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
}

/** How far the newest agent of a token has come. */
export function joining(token: RegistrationToken, agent: AgentRow | undefined, services: number): Step[] {
  const registered = token.agentId !== null;
  const connected = agent !== undefined && (agent.connection === "connected" || agent.connection === "polling");
  const open = registered || token.status === "ACTIVE";
  const reached = [true, registered, registered && connected, registered && services > 0];
  const names: readonly StepName[] = ["made", "registered", "connected", "reported"];
  const first = reached.indexOf(false);
  return names.map((name, index) => ({ name, state: stepState(reached[index] ?? false, index === first, open) }));
}

function stepState(reached: boolean, next: boolean, open: boolean): StepState {
  if (reached) return "done";
  if (!next) return "ahead";
  return open ? "waiting" : "over";
}

/** How many services of the agent the fleet has; one function per agent, so keep it. */
export function servicesOf(agentId: string | null): (view: View) => number {
  return (view) => (agentId === null ? 0 : rowsOf(view, "service").filter((row) => row.agentId === agentId).length);
}
