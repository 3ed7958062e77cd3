import type { AgentRow, CommandRow, Row, ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { isPrepare } from "./commands";
import { agentGroup, serviceGroup } from "./fleet";

/** How many entries are kept, the newest ones. */
const LENGTH = 100;
/** Of the same kind within so short a time … */
const SOON_MS = 10_000;
/** … no more than so many are told one by one; more become one entry, which takes in others … */
const APART = 5;
/** … as long as it is no older than this. */
const FOLD_MS = 60_000;

/** Something that happened: a service, an agent or a command came into another state. */
export interface Entry {
  readonly id: string;
  readonly kind: "service" | "agent" | "command";
  /** The group of a service or an agent, the status of a command. */
  readonly state: string;
  /** The id of what it happened to. */
  readonly subject: string;
  readonly name: string;
  /** Why, a code of the server; null where the state says it all. */
  readonly reason: string | null;
  /** What a service itself said of it. */
  readonly word: string | null;
  /** The service a command is for. */
  readonly target: string | null;
  /** The server's time, milliseconds since the epoch; of several the last one. */
  readonly at: number;
  /** Of several the first one. */
  readonly from: number;
  /** To how many others the same happened at about the same time. */
  readonly others: number;
}

/**
 * What happened in the fleet, newest first. It remembers in which state everything was, so that
 * rows that only come again, as after a lost connection, tell nothing, and what changed meanwhile is
 * told with its own time.
 */
export class Stream {
  #entries: readonly Entry[] = [];
  #count = 0;
  readonly #states = new Map<string, string>();
  readonly #listeners = new Set<() => void>();

  /** The same list until something happens. */
  readonly entries = (): readonly Entry[] => this.#entries;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes rows that may differ from before; those of the keys that are gone are forgotten. */
  take(view: View, keys: Iterable<string>): void {
    const happened: Entry[] = [];
    for (const key of keys) {
      const entry = this.#compare(key, view.rows.get(key), view);
      if (entry !== null) happened.push(entry);
    }
    if (happened.length === 0) return;
    happened.sort((a, b) => a.at - b.at);
    const entries = [...this.#entries];
    for (const entry of happened) insert(entries, entry);
    this.#entries = entries;
    this.#listeners.forEach((listener) => listener());
  }

  #compare(key: string, row: Row | undefined, view: View): Entry | null {
    const state = row === undefined ? null : stateOf(row);
    const before = this.#states.get(key);
    if (state === null) this.#states.delete(key);
    if (row === undefined || state === null || state === before) return null;
    this.#states.set(key, state);
    const told = tell(row, state, before, view);
    if (told === null) return null;
    this.#count += 1;
    return { ...told, id: `${key}.${this.#count}` };
  }
}

/** What a row is to the stream; null for what it does not tell of. */
function stateOf(row: Row): string | null {
  if (row.kind === "service") return serviceGroup(row);
  if (row.kind === "agent") return agentGroup(row);
  return row.kind === "command" && !isPrepare(row) ? row.status : null;
}

type Told = Omit<Entry, "id">;

function tell(row: Row, state: string, before: string | undefined, view: View): Told | null {
  if (row.kind === "service") return tellService(row, state, before, view);
  if (row.kind === "agent") return row.serviceCount > 0 ? null : tellAgent(row, state);
  return row.kind === "command" && state !== "PENDING" ? tellCommand(row, state) : null;
}

/** While its agent is away, and when it is back, the agent knows why and since when. */
function tellService(row: ServiceRow, state: string, before: string | undefined, view: View): Told {
  const agent = view.rows.get(row.agentId);
  const byAgent = row.statusReason.startsWith("AGENT_") || state === "RECONNECTING" || before === "RECONNECTING";
  const speaker = byAgent && agent?.kind === "agent" ? agent : row;
  const word = state === "DOWN" || state === "DEGRADED" ? row.healthMessage : null;
  const reason = speaker.statusReason.startsWith("HEALTH_") ? null : speaker.statusReason;
  return entry({ kind: "service", state, subject: row.id, name: row.name, reason, word, at: speaker.statusSince });
}

/** Agents that have services are told of by them. */
function tellAgent(row: AgentRow, state: string): Told {
  return entry({ kind: "agent", state, subject: row.id, name: row.name ?? row.code, reason: row.statusReason, at: row.statusSince });
}

function tellCommand(row: CommandRow, state: string): Told {
  const at = row.completedAt ?? row.startedAt ?? row.createdAt;
  return entry({ kind: "command", state, subject: row.id, name: row.actionLabel, target: row.serviceName, at });
}

type Facts = Pick<Told, "kind" | "state" | "subject" | "name"> & { reason?: string | null; word?: string | null; target?: string; at: string };

function entry(facts: Facts): Told {
  const at = Date.parse(facts.at);
  return { reason: null, word: null, target: null, others: 0, ...facts, at, from: at };
}

/** Puts an entry where its time is; a command that has gone on is told of once, as it is now. */
function insert(entries: Entry[], fresh: Entry): void {
  const before = fresh.kind === "command" ? entries.findIndex(({ kind, subject }) => kind === "command" && subject === fresh.subject) : -1;
  if (before >= 0) entries.splice(before, 1);
  const alike = alikeOf(entries, fresh);
  if (alike.length < APART && !alike.some(({ others }) => others > 0)) return place(entries, fresh);
  for (const entry of alike) entries.splice(entries.indexOf(entry), 1);
  place(entries, folded(alike, fresh));
}

function place(entries: Entry[], fresh: Entry): void {
  const index = entries.findIndex(({ at }) => at <= fresh.at);
  entries.splice(index < 0 ? entries.length : index, 0, fresh);
  if (entries.length > LENGTH) entries.length = LENGTH;
}

/** Older ones need not be looked at: the newest come first. */
function alikeOf(entries: readonly Entry[], fresh: Entry): Entry[] {
  const old = entries.findIndex(({ at }) => at < fresh.at - SOON_MS);
  return entries.slice(0, old < 0 ? entries.length : old).filter((entry) => foldable(entry, fresh));
}

/** What still runs is told of by itself: it has an end to come. */
function foldable(entry: Entry, fresh: Entry): boolean {
  if (entry.kind !== fresh.kind || entry.state !== fresh.state || fresh.state === "RUNNING") return false;
  if (fresh.kind === "command" && entry.name !== fresh.name) return false;
  return Math.abs(fresh.at - entry.at) <= SOON_MS && fresh.at - entry.from <= FOLD_MS;
}

function folded(alike: readonly Entry[], fresh: Entry): Entry {
  const others = alike.reduce((sum, entry) => sum + entry.others + 1, 0);
  const first = alike.find((entry) => entry.others > 0) ?? fresh;
  return {
    ...fresh,
    id: first.id,
    at: Math.max(fresh.at, ...alike.map(({ at }) => at)),
    from: Math.min(fresh.from, ...alike.map(({ from }) => from)),
    others,
  };
}
