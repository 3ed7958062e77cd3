import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { clock } from "../store/clock";
import type { AuditRow } from "../wire/frames";
import { useApi } from "./session";

const PATH = "/api/admin/audit-events";
const PAGE_SIZE = 100;

/** Which events; named as the REST query names them. */
export interface AuditFilter {
  readonly actorType: string | null;
  readonly actorId: string | null;
  /** Names, or families as `user.*`; none: any. */
  readonly action: readonly string[];
  readonly targetType: string | null;
  readonly targetId: string | null;
  readonly result: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

export function auditQuery({ action, ...single }: AuditFilter): URLSearchParams {
  const query = new URLSearchParams(action.map((name) => ["action", name]));
  for (const [key, value] of Object.entries(single)) if (value !== null) query.set(key, value);
  return query;
}

export type ExportFormat = "csv" | "json" | "ndjson";

/** Where the browser gets all events that match, as a file. */
export function exportAddress(filter: AuditFilter, format: ExportFormat): string {
  const query = auditQuery(filter);
  query.set("format", format);
  return `${PATH}/export?${query}`;
}

/**
 * What was written up to `anchor` (its time, and its number to tell one anchor from another), newest
 * first and page by page. The trail only grows, so these pages never shift.
 */
export function useOlderEvents(filter: AuditFilter, anchor: { readonly sequence: number; readonly createdAt: string | null } | null) {
  const api = useApi();
  const query = auditQuery({ ...filter, to: earlier(filter.to, anchor?.createdAt ?? null) });
  const asked = auditQuery(filter).toString();
  return useInfiniteQuery({
    queryKey: ["audit-events", asked, anchor?.sequence ?? 0],
    queryFn: ({ pageParam, signal }) => api.page<AuditRow>(`${PATH}?page=${pageParam}&pageSize=${PAGE_SIZE}&${query}`, { signal }),
    initialPageParam: 1,
    getNextPageParam: ({ pagination: { page, total } }) => (page * PAGE_SIZE < total ? page + 1 : undefined),
    placeholderData: (before, previous) => (previous?.queryKey[1] === asked ? before : undefined),
    enabled: anchor !== null,
    staleTime: Infinity,
    gcTime: 0,
  });
}

/** The earlier of two times of the wire, of which either may be missing. */
function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) < Date.parse(b) ? a : b;
}

/** One event as it stands in the trail now; until that is there, `known` from when it was listed. */
export function useAuditEvent(id: string, known: AuditRow | undefined) {
  const api = useApi();
  return useQuery({
    queryKey: ["audit-event", id],
    queryFn: ({ signal }) => api.get<AuditRow>(`${PATH}/${encodeURIComponent(id)}`, { signal }),
    placeholderData: known,
  });
}

export interface Finding {
  readonly kind: string;
  readonly text: string;
  readonly sequence: number | null;
  readonly eventId: string | null;
}

export interface Verification {
  readonly ok: boolean;
  readonly events: number;
  readonly prunedUpTo: number;
  readonly headSequence: number;
  readonly headHash: string;
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  /** When it was looked at, in the server's time. */
  readonly at: string;
}

/** Whether the trail is as it was written. It reads all of it, so it is asked only on demand. */
export function useVerification() {
  const api = useApi();
  return useQuery({
    queryKey: ["audit-verification"],
    queryFn: async (): Promise<Verification> => {
      const found = await api.get<Omit<Verification, "at">>(`${PATH}/verify`);
      return { ...found, at: new Date(clock.now()).toISOString() };
    },
    enabled: false,
    staleTime: Infinity,
    gcTime: Infinity,
  });
}
