import { keepPreviousData, useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { RunPreviewBody, RunRow } from "../wire/frames";
import { useApi } from "./session";

const PATH = "/api/admin/runs";
/** As many services as one run takes. */
export const MOST_TARGETS = 1000;
export const PREVIEW_KEY = ["run-preview"] as const;

/** Which services a run is to reach: those named, or those a selector picks. */
export type Aim = { readonly serviceIds: readonly string[] } | { readonly selector: string };

interface PreviewQuery {
  /** Null: nothing is aimed at yet. */
  readonly aim: Aim | null;
  readonly actionName: string | null;
}

/** What a run would do right now. The answer to the question before stays until the next one is there. */
export function useRunPreview({ aim, actionName }: PreviewQuery): UseQueryResult<RunPreviewBody> {
  const api = useApi();
  return useQuery({
    queryKey: [...PREVIEW_KEY, aim, actionName],
    queryFn: ({ signal }) => api.post<RunPreviewBody>(`${PATH}/preview`, { ...aim, ...(actionName === null ? {} : { actionName }) }, { signal }),
    enabled: aim !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

export interface NewRun {
  readonly aim: Aim;
  readonly actionName: string;
  readonly payload: Record<string, unknown>;
  readonly confirmation: boolean;
  readonly concurrency: number;
  readonly stopAfterFailures: number | null;
  /** One per opened page, so that a double click starts one run. */
  readonly key: string;
}

export function useStartRun(): UseMutationResult<RunRow, Error, NewRun> {
  const api = useApi();
  return useMutation({
    mutationFn: ({ aim, key, ...body }: NewRun) => api.post<RunRow>(PATH, { ...aim, ...body }, { idempotencyKey: key }),
  });
}

/** Starts no more targets, and cancels those under way if asked to. */
export function useStopRun(runId: string): UseMutationResult<RunRow, Error, boolean> {
  const api = useApi();
  return useMutation({
    mutationFn: (cancelRunning: boolean) => api.post<RunRow>(`${PATH}/${encodeURIComponent(runId)}/stop`, { cancelRunning }),
  });
}
