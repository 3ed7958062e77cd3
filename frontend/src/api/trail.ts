import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useDerived, useView } from "../store/hooks";
import { newestAbout } from "../store/trail";
import type { AuditRow } from "../wire/frames";
import { useFreshAfter } from "./fresh";
import { useApi } from "./session";
import type { Page } from "./types";

export const TRAIL_PAGE_SIZE = 20;

/** The audit events about one thing, the newest first; new ones appear by themselves. */
export function useTrail(targetId: string, page: number): UseQueryResult<Page<AuditRow>> {
  const api = useApi();
  const key = useMemo(() => ["trail", targetId], [targetId]);
  useFreshAfter(key, useNewestAbout(targetId));
  return useQuery({
    queryKey: [...key, page],
    queryFn: ({ signal }) =>
      api.page<AuditRow>(`/api/admin/audit-events?targetId=${encodeURIComponent(targetId)}&page=${page}&pageSize=${TRAIL_PAGE_SIZE}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** Changes whenever something is audited about `targetId`. */
export function useNewestAbout(targetId: string): string {
  return useDerived(useView("audit"), useMemo(() => newestAbout(targetId), [targetId]));
}
