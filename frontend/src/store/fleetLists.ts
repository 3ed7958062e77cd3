import type { AgentRow, ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { rowsOf } from "./derived";
import { agentGroup, agentSeverity, serviceGroup, severity, type Filter } from "./fleet";
import { compareValues, natural, Ordered, type Item, type Sort, type SortValue } from "./ordering";

/** What is wrong comes first. */
export const WORST_FIRST: Sort = { key: "state", descending: false };

/** Keys of the services that pass the filter, in order; equals by name. */
export function selectServices(filter: Filter, sort = WORST_FIRST): (view: View) => string[] {
  return listed((view) => rowsOf(view, "service"), serviceFacts, filter, byColumn(SERVICE_COLUMNS, sort));
}

/** Keys of the agents that pass the filter, in order; equals by name. */
export function selectAgents(filter: Filter, sort = WORST_FIRST): (view: View) => string[] {
  return listed((view) => rowsOf(view, "agent"), agentFacts, filter, byColumn(AGENT_COLUMNS, sort));
}

type Columns<R> = Record<string, (row: R) => SortValue> & { readonly state: (row: R) => SortValue };

/** An address may name a column that there is not. */
function byColumn<R>(columns: Columns<R>, { key, descending }: Sort): Order<R> {
  return { valueOf: Object.hasOwn(columns, key) ? (columns[key] ?? columns.state) : columns.state, descending };
}

const CONNECTIONS = ["none", "reconnecting", "polling", "connected"];

const SERVICE_COLUMNS: Columns<ServiceRow> = {
  state: severity,
  name: (row) => natural(row.name),
  reason: (row) => row.statusSince,
  message: (row) => text(row.healthMessage),
  agent: (row) => natural(row.agentName ?? row.agentCode),
  connection: (row) => CONNECTIONS.indexOf(row.connection),
  version: (row) => text(row.version),
  runtime: (row) => text(row.runtime),
  reported: (row) => row.lastReportedAt,
  created: (row) => row.createdAt,
};

const AGENT_COLUMNS: Columns<AgentRow> = {
  state: agentSeverity,
  name: (row) => natural(row.name ?? row.code),
  reason: (row) => row.statusSince,
  host: (row) => text(row.hostname),
  runtime: (row) => text(row.runtime),
  sdk: (row) => text(row.sdk),
  mode: (row) => row.mode,
  services: (row) => row.serviceCount,
  contact: (row) => row.lastHeartbeatAt,
  created: (row) => row.createdAt,
};

function text(value: string | null): SortValue {
  return value === null ? null : natural(value);
}

/** What searching needs of a row; a row never changes, so it is made once for each. */
interface Facts {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly words: string;
}

const serviceFacts = remembered((row: ServiceRow): Facts => ({
  id: row.id,
  group: serviceGroup(row),
  name: natural(row.name),
  words: words([row.name, row.code, row.agentCode, row.agentName, ...labels(row)]),
}));

const agentFacts = remembered((row: AgentRow): Facts => ({
  id: row.id,
  group: agentGroup(row),
  name: natural(row.name ?? row.code),
  words: words([row.name, row.code, row.hostname, row.runtime, ...labels(row)]),
}));

function remembered<R extends object, F>(make: (row: R) => F): (row: R) => F {
  const known = new WeakMap<R, F>();
  return (row) => {
    const facts = known.get(row) ?? make(row);
    known.set(row, facts);
    return facts;
  };
}

interface Placed extends Item {
  readonly facts: Facts;
  readonly value: SortValue;
}

interface Order<R> {
  readonly valueOf: (row: R) => SortValue;
  readonly descending: boolean;
}

/** The list stays in order between changes, so the answer belongs to one list that is shown. */
function listed<R extends object>(
  rows: (view: View) => R[],
  factsOf: (row: R) => Facts,
  { text: sought, groups }: Filter,
  { valueOf, descending }: Order<R>,
): (view: View) => string[] {
  const needle = sought.trim().toLowerCase();
  const placed = remembered((row: R): Placed => ({ facts: factsOf(row), value: valueOf(row), turn: 0 }));
  const passes = ({ facts }: Placed): boolean => (groups.length === 0 || groups.includes(facts.group)) && facts.words.includes(needle);
  const ordered = new Ordered<Placed>((a, b) => compareValues(a.value, b.value, descending) || byName(a.facts, b.facts));
  return (view) => ordered.update(rows(view).map(placed).filter(passes)).map(({ facts }) => facts.id);
}

function labels(row: ServiceRow | AgentRow): string[] {
  return Object.entries(row.labels).map(([key, value]) => `${key}=${value}`);
}

function words(parts: (string | null)[]): string {
  return parts.filter((part) => part !== null).join("\n").toLowerCase();
}

function byName(a: Facts, b: Facts): number {
  return compareValues(a.name, b.name, false) || compareValues(a.id, b.id, false);
}
