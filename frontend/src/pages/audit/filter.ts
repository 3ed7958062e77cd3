import type { AuditFilter } from "../../api/audit";
import { withParts } from "../../components/address";
import type { AuditRow } from "../../wire/frames";

const SINGLE = ["actorType", "actorId", "targetType", "targetId", "result", "from", "to"] as const;

/** The filter that an address asks for. */
export function readFilter(params: URLSearchParams): AuditFilter {
  const [actorType, actorId, targetType, targetId, result, from, to] = SINGLE.map((key) => params.get(key) || null);
  const action = (params.get("action") ?? "").split(",").filter((name) => name !== "");
  const times = { from: asTime(from), to: asTime(to) };
  return { actorType: actorType ?? null, actorId: actorId ?? null, targetType: targetType ?? null, targetId: targetId ?? null, result: result ?? null, action, ...times };
}

/** Something that is no time is as good as none. */
function asTime(text: string | null | undefined): string | null {
  return text === null || text === undefined || Number.isNaN(Date.parse(text)) ? null : text;
}

/** The address with parts of its filter changed; null and an empty list take a part out. */
export function withFilter(before: URLSearchParams, change: Partial<AuditFilter>): URLSearchParams {
  const { action, ...single } = change;
  return withParts(before, action === undefined ? single : { ...single, action: action.join(",") });
}

/** The address with no filter at all. */
export function withoutFilter(before: URLSearchParams): URLSearchParams {
  return withParts(before, Object.fromEntries([...SINGLE, "action"].map((key) => [key, null])));
}

export function isFiltered({ action, ...single }: AuditFilter): boolean {
  return action.length > 0 || Object.values(single).some((value) => value !== null);
}

/** Whether the server would answer the event to the filter. */
export function matches(filter: AuditFilter, row: AuditRow): boolean {
  const { action, from, to } = filter;
  const at = Date.parse(row.createdAt);
  return (
    (["actorType", "actorId", "targetType", "targetId", "result"] as const).every((key) => filter[key] === null || filter[key] === row[key]) &&
    (action.length === 0 || action.some((name) => isNamed(row.action, name))) &&
    (from === null || at >= Date.parse(from)) &&
    (to === null || at <= Date.parse(to))
  );
}

function isNamed(action: string, name: string): boolean {
  return name.endsWith(".*") ? action.startsWith(name.slice(0, -1)) : action === name;
}
