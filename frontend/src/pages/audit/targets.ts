import type { Capability } from "../../api/session";

interface Place {
  readonly to: (id: string, name: string) => string;
  /** What the role must allow for the page to be open. */
  readonly needs?: Capability;
}

const found = (page: string) => (_: string, name: string) => `${page}?q=${encodeURIComponent(name)}`;

const PLACES: Record<string, Place> = {
  CapsuleService: { to: (id) => `/services/${id}` },
  Agent: { to: (id) => `/agents/${id}` },
  Command: { to: (id) => `/commands/${id}` },
  Run: { to: (id) => `/runs/${id}` },
  RegistrationToken: { to: () => "/tokens" },
  Workspace: { to: () => "/settings" },
  BusEvent: { to: () => "/bus" },
  BusRoute: { to: () => "/bus" },
  User: { to: found("/users"), needs: "administer" },
  ApiKey: { to: found("/api-keys"), needs: "administer" },
  Backup: { to: () => "/backups", needs: "administer" },
};

/** The page of a thing that an event is about; null when the console has none. */
export function placeOf(type: string | null): Place | null {
  return type !== null && Object.hasOwn(PLACES, type) ? (PLACES[type] ?? null) : null;
}

const BY_PREFIX: Record<string, string> = { svc: "CapsuleService", agt: "Agent", cmd: "Command", run: "Run" };

/** What kind of thing an id inside metadata names; null when it is no id, or has no page of its own. */
export function typeOfId(value: unknown): string | null {
  const prefix = typeof value === "string" ? /^([a-z]{3})_[A-Za-z0-9_-]{6,}$/.exec(value)?.[1] : undefined;
  return prefix !== undefined && Object.hasOwn(BY_PREFIX, prefix) ? (BY_PREFIX[prefix] ?? null) : null;
}
