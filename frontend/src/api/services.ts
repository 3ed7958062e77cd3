import { useInfiniteQuery, useMutation, type InfiniteData, type UseInfiniteQueryResult, type UseMutationResult } from "@tanstack/react-query";
import { useMemo } from "react";
import type { HealthBody, ServiceDetailRow, ServiceRow } from "../wire/frames";
import { useFreshAfter } from "./fresh";
import { useApi } from "./session";
import type { Page } from "./types";

const HISTORY_PAGE_SIZE = 20;
/** What a service says of its health reaches the history this much later than the live row. */
const STORED_AFTER_MS = 1_200;

/** How the status of the service's health changed, page by page into the past. */
export function useHealthHistory({ id, healthStatus }: ServiceDetailRow): UseInfiniteQueryResult<InfiniteData<Page<HealthBody>>> {
  const api = useApi();
  const key = useMemo(() => ["health-history", id], [id]);
  useFreshAfter(key, healthStatus, STORED_AFTER_MS);
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => api.page<HealthBody>(`${servicePath(id)}/health/history?changes=true&page=${pageParam}&pageSize=${HISTORY_PAGE_SIZE}`, { signal }),
    initialPageParam: 1,
    getNextPageParam: ({ pagination: { page, pageSize, total } }) => (page * pageSize < total ? page + 1 : undefined),
  });
}

export function useLabelService(id: string): UseMutationResult<ServiceRow, Error, Record<string, string>> {
  const api = useApi();
  return useMutation({ mutationFn: (labels: Record<string, string>) => api.put<ServiceRow>(`${servicePath(id)}/labels`, { labels }) });
}

export function useServiceCalls(id: string) {
  const api = useApi();
  return useMemo(
    () => ({
      retire: () => api.post<ServiceRow>(`${servicePath(id)}/retire`),
      remove: () => api.delete<ServiceRow>(servicePath(id)),
    }),
    [api, id],
  );
}

function servicePath(id: string): string {
  return `/api/admin/capsule-services/${encodeURIComponent(id)}`;
}
