import { MOST_TARGETS, type Aim } from "../../api/runs";

export const USUAL_CONCURRENCY = 5;
export const MOST_CONCURRENCY = 50;

/** A run as it is being put together; all of it but the input is in the address. */
export interface Draft {
  /** Whether services are picked one by one or by their labels. */
  readonly by: "services" | "selector";
  readonly services: readonly string[];
  readonly selector: string;
  readonly action: string | null;
  readonly concurrency: number;
  /** Null: failures do not stop it. */
  readonly stopAfter: number | null;
}

export function readDraft(params: URLSearchParams): Draft {
  return {
    by: params.has("selector") ? "selector" : "services",
    services: [...new Set((params.get("services") ?? "").split(",").filter((id) => id !== ""))],
    selector: params.get("selector") ?? "",
    action: params.get("action") || null,
    concurrency: wholeNumber(params.get("concurrency"), MOST_CONCURRENCY) ?? USUAL_CONCURRENCY,
    stopAfter: wholeNumber(params.get("stopAfter"), MOST_TARGETS),
  };
}

/** The address with parts of the draft changed; what is as usual does not stand in it. */
export function withDraft(before: URLSearchParams, change: Partial<Draft>): URLSearchParams {
  const after = new URLSearchParams(before);
  const { by, services, selector, action, concurrency, stopAfter } = { ...readDraft(before), ...change };
  put(after, "services", services.join(","));
  put(after, "action", action ?? "");
  put(after, "concurrency", concurrency === USUAL_CONCURRENCY ? "" : String(concurrency));
  put(after, "stopAfter", stopAfter === null ? "" : String(stopAfter));
  if (by === "selector") after.set("selector", selector);
  else after.delete("selector");
  return after;
}

/** What the run is aimed at; null while nothing is chosen. */
export function aimOf({ by, services, selector }: Draft): Aim | null {
  if (by === "selector") return selector.trim() === "" ? null : { selector: selector.trim() };
  return services.length === 0 ? null : { serviceIds: services };
}

/** The services with one more, or without it. */
export function toggled(services: readonly string[], id: string): string[] {
  return services.includes(id) ? services.filter((one) => one !== id) : [...services, id];
}

function wholeNumber(text: string | null, most: number): number | null {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= 1 ? Math.min(value, most) : null;
}

function put(params: URLSearchParams, key: string, value: string): void {
  if (value === "") params.delete(key);
  else params.set(key, value);
}
