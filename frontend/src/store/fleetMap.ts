import type { ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { rowsOf } from "./derived";
import { natural, Ordered, type Item } from "./ordering";
import { needsAttention, SERVICE_GROUPS, serviceGroup, type ServiceGroup } from "./fleet";

/** `state`, `agent`, or `label:` and the key of a label. */
export type Grouping = string;

const LABEL = "label:";
/** More would be a list of headings; the rest share one group at the end. */
const MOST_GROUPS = 60;

export interface MapGroup {
  /** Tells it from the other groups of the same grouping. */
  readonly key: string;
  /** What its services have in common; null for those without the label, and for the rest. */
  readonly value: string | null;
  /** The value as people know it. */
  readonly name: string | null;
  /** True for the services of all groups that have none of their own. */
  readonly rest: boolean;
  /** In the order of their names. */
  readonly ids: readonly string[];
  /** How many of them need attention. */
  readonly trouble: number;
}

export function byLabel(key: string): Grouping {
  return LABEL + key;
}

/** The key of the label that is grouped by; null for any other grouping. */
export function labelOf(grouping: Grouping): string | null {
  return grouping.startsWith(LABEL) ? grouping.slice(LABEL.length) : null;
}

/** The keys of all labels that services have. */
export function labelKeys(view: View): string[] {
  const keys = new Set<string>();
  for (const row of rowsOf(view, "service")) for (const key of Object.keys(row.labels)) keys.add(key);
  return [...keys].sort();
}

/** What a service is grouped by; null when it has no such label. */
export function placeOf(row: ServiceRow, grouping: Grouping): string | null {
  const label = labelOf(grouping);
  if (label !== null) return row.labels[label] ?? null;
  return grouping === "agent" ? row.agentId : serviceGroup(row);
}

/** Plans the map again and again; services stay in the order of their names from one time to the next. */
export class MapPlanner {
  readonly #ordered = new Ordered<Named>(byName);
  readonly #named = new WeakMap<ServiceRow, Named>();

  constructor(private readonly grouping: Grouping) {}

  /** All services in their groups: states from the worst on, other groups by how much is wrong in them. */
  plan(view: View): MapGroup[] {
    const rows = this.#ordered.update(rowsOf(view, "service").map((row) => this.#name(row)));
    const drafts = new Map<string | null, Draft>();
    for (const { row } of rows) count(drafts, placeOf(row, this.grouping), row);
    const ranked = [...drafts.values()].sort(this.grouping === "state" ? worstState : mostTrouble);
    const groups = ranked.length > MOST_GROUPS ? together(ranked) : ranked;
    for (const { row } of rows) drafts.get(placeOf(row, this.grouping))?.group.ids.push(row.id);
    return groups.map(({ group }) => group);
  }

  #name(row: ServiceRow): Named {
    const named = this.#named.get(row) ?? { turn: 0, row, name: natural(row.name) };
    this.#named.set(row, named);
    return named;
  }
}

interface Named extends Item {
  readonly row: ServiceRow;
  readonly name: string;
}

interface Draft {
  group: { -readonly [K in keyof MapGroup]: K extends "ids" ? string[] : MapGroup[K] };
}

function count(drafts: Map<string | null, Draft>, value: string | null, row: ServiceRow): void {
  let draft = drafts.get(value);
  if (draft === undefined) {
    const name = value === row.agentId ? (row.agentName ?? row.agentCode) : value;
    draft = { group: { key: value === null ? "without" : `value:${value}`, value, name, rest: false, ids: [], trouble: 0 } };
    drafts.set(value, draft);
  }
  if (needsAttention(serviceGroup(row))) draft.group.trouble += 1;
}

/** Those that rank last share one group. */
function together(ranked: readonly Draft[]): Draft[] {
  const group = { key: "rest", value: null, name: null, rest: true, ids: [], trouble: 0 } satisfies Draft["group"];
  const rest: Draft = { group };
  for (const draft of ranked.slice(MOST_GROUPS)) {
    rest.group.trouble += draft.group.trouble;
    draft.group = rest.group;
  }
  return [...ranked.slice(0, MOST_GROUPS), rest];
}

function worstState({ group: a }: Draft, { group: b }: Draft): number {
  return SERVICE_GROUPS.indexOf(a.value as ServiceGroup) - SERVICE_GROUPS.indexOf(b.value as ServiceGroup);
}

/** Those without the label come after the others. */
function mostTrouble({ group: a }: Draft, { group: b }: Draft): number {
  if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
  return b.trouble - a.trouble || compare(a.name ?? "", b.name ?? "") || compare(a.value ?? "", b.value ?? "");
}

function byName(a: Named, b: Named): number {
  return compare(a.name, b.name) || compare(a.row.id, b.row.id);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The services with a label, or without it, as a selector. */
export function selectorOf(key: string, value: string | null): string {
  return value === null ? `!${quoted(key)}` : `${quoted(key)}=${quoted(value)}`;
}

/** As selectors ask it: what is not one plain word stands in quotes. */
function quoted(word: string): string {
  return /^[^\s,=!()"]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`;
}
