import type { MaintenanceChange, MaintenanceField, MaintenanceState } from "../../api/maintenance";

const YEAR_SECONDS = 31_536_000;
const CENTURY_DAYS = 36_500;

/** One setting, as the server takes it. */
export interface Setting {
  readonly field: MaintenanceField;
  readonly unit: "seconds" | "days";
  readonly least: number;
  readonly most: number;
}

const seconds = (field: MaintenanceField, least: number): Setting => ({ field, unit: "seconds", least, most: YEAR_SECONDS });
const days = (field: MaintenanceField): Setting => ({ field, unit: "days", least: 0, most: CENTURY_DAYS });

export const TIMES: readonly Setting[] = [seconds("agentOfflineThresholdSeconds", 1), seconds("maintenanceIntervalSeconds", 0)];
export const RETENTION: readonly Setting[] = [
  days("auditRetentionDays"),
  days("commandRetentionDays"),
  days("outputRetentionDays"),
  days("healthRetentionDays"),
  days("busEventRetentionDays"),
  days("tokenRetentionDays"),
];
const SETTINGS = [...TIMES, ...RETENTION];

/** What was typed and not saved yet: a number, `""` for an empty field, null for "follow the environment". */
export type Draft = Partial<Record<MaintenanceField, number | "" | null>>;

/** What of the draft `now` is not yet in the one that was saved. */
export function typedSince(saved: Draft, now: Draft): Draft {
  return Object.fromEntries(Object.entries(now).filter(([field, value]) => value !== saved[field as MaintenanceField]));
}

/** What a field shows. */
export function shown({ current, environment }: MaintenanceState, draft: Draft, field: MaintenanceField): number | "" {
  const typed = draft[field];
  if (typed === undefined) return current[field];
  return typed ?? environment[field];
}

/** Whether the field will be, or is, saved rather than follow the environment. */
export function isSaved({ saved }: MaintenanceState, draft: Draft, field: MaintenanceField): boolean {
  return draft[field] === undefined ? saved.includes(field) : draft[field] !== null;
}

export function isBad({ least, most }: Setting, value: number | ""): boolean {
  return value === "" || !Number.isInteger(value) || value < least || value > most;
}

/** What is to be sent: only what differs from what is there. Null when a value cannot be. */
export function changeOf(state: MaintenanceState, draft: Draft): MaintenanceChange | null {
  const change: MaintenanceChange = {};
  for (const setting of SETTINGS) {
    const { field } = setting;
    const typed = draft[field];
    if (typed === undefined) continue;
    if (typed === "" || (typed !== null && isBad(setting, typed))) return null;
    const saved = state.saved.includes(field);
    if (typed === null ? saved : typed !== state.current[field]) change[field] = typed;
  }
  return change;
}
