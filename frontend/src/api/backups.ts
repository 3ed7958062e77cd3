import { keepPreviousData, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { Received, ReceivedFile } from "./file";
import { useApi } from "./session";
import type { Page } from "./types";

const PATH = "/api/admin/backups";
export const BACKUPS_KEY = ["backups"] as const;
export const BACKUP_EVENTS = ["backup."] as const;

export interface Backup {
  name: string;
  sizeBytes: number;
  createdAt: string;
}

export function useBackups(page: number, pageSize: number): UseQueryResult<Page<Backup>> {
  const api = useApi();
  return useQuery({
    queryKey: [...BACKUPS_KEY, page, pageSize],
    queryFn: ({ signal }) => api.page<Backup>(`${PATH}?page=${page}&pageSize=${pageSize}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** Makes a backup and fetches it; `received` is told how many bytes are here, and of how many. */
export function useMakeBackup(received: Received): UseMutationResult<ReceivedFile, Error, void> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.postForFile("/api/admin/backup/sqlite", received),
    onSettled: () => queries.invalidateQueries({ queryKey: BACKUPS_KEY }),
  });
}
