import type { ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { rowsOf } from "./derived";
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

/** All services in their groups: states from the worst on, other groups by how much is wrong in them. */
export function planMap(view: View, grouping: Grouping): MapGroup[] {
  const drafts = new Map<string | null, Draft>();
  for (const row of rowsOf(view, "service").sort(byName)) add(drafts, placeOf(row, grouping), row, grouping);
  const ordered = [...drafts.values()].sort(grouping === "state" ? worstState : mostTrouble);
  if (ordered.length <= MOST_GROUPS) return ordered.map(finished);
  return [...ordered.slice(0, MOST_GROUPS).map(finished), restOf(ordered.slice(MOST_GROUPS))];
}

interface Draft {
  readonly value: string | null;
  readonly name: string | null;
  readonly rows: ServiceRow[];
  trouble: number;
}

function add(drafts: Map<string | null, Draft>, value: string | null, row: ServiceRow, grouping: Grouping): void {
  const name = grouping === "agent" ? (row.agentName ?? row.agentCode) : value;
  const draft = drafts.get(value) ?? { value, name, rows: [], trouble: 0 };
  drafts.set(value, draft);
  draft.rows.push(row);
  if (needsAttention(serviceGroup(row))) draft.trouble += 1;
}

function finished({ value, name, rows, trouble }: Draft): MapGroup {
  const key = value === null ? "without" : `value:${value}`;
  return { key, value, name, rest: false, ids: rows.map(({ id }) => id), trouble };
}

function restOf(drafts: readonly Draft[]): MapGroup {
  const ids = drafts.flatMap(({ rows }) => rows).sort(byName).map(({ id }) => id);
  const trouble = drafts.reduce((sum, draft) => sum + draft.trouble, 0);
  return { key: "rest", value: null, name: null, rest: true, ids, trouble };
}

function worstState(a: Draft, b: Draft): number {
  return SERVICE_GROUPS.indexOf(a.value as ServiceGroup) - SERVICE_GROUPS.indexOf(b.value as ServiceGroup);
}

/** Those without the label come after the others. */
function mostTrouble(a: Draft, b: Draft): number {
  if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
  return b.trouble - a.trouble || compare(a.name ?? "", b.name ?? "") || compare(a.value ?? "", b.value ?? "");
}

const lower = new WeakMap<ServiceRow, string>();

function lowerName(row: ServiceRow): string {
  const name = lower.get(row) ?? row.name.toLowerCase();
  lower.set(row, name);
  return name;
}

function byName(a: ServiceRow, b: ServiceRow): number {
  return compare(lowerName(a), lowerName(b)) || compare(a.id, b.id);
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
