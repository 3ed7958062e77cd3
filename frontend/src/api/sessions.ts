import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { SESSION_KEY, useApi } from "./session";

const PATH = "/api/admin/sessions";
const AUTH = "/api/admin/auth";
export const SESSIONS_KEY = ["sessions"] as const;

/** A sign-in that has not ended. */
export interface OpenSession {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  /** The one this page is opened with. */
  readonly current: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly lastUsedAt: string | null;
  readonly expiresAt: string;
  readonly createdAt: string;
}

/** Where somebody is signed in: the newest hundred. For others than oneself owners only may ask. */
export function useSessions(userId: string) {
  const api = useApi();
  return useQuery({
    queryKey: [...SESSIONS_KEY, userId],
    queryFn: ({ signal }) => api.page<OpenSession>(`${PATH}?pageSize=100&userId=${encodeURIComponent(userId)}`, { signal }),
  });
}

/** Ends a session; when it is this one, the page is signed out. */
export function useEndSession(): UseMutationResult<OpenSession, Error, string> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete<OpenSession>(`${PATH}/${encodeURIComponent(id)}`),
    onSuccess: (ended) => (ended.current ? queries.setQueryData(SESSION_KEY, null) : queries.invalidateQueries({ queryKey: SESSIONS_KEY })),
  });
}

/** Signs out everywhere, here too. */
export function useSignOutEverywhere(): UseMutationResult<unknown, Error, void> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.post(`${AUTH}/logout-all`),
    onSuccess: () => queries.setQueryData(SESSION_KEY, null),
  });
}

interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export function useChangePassword(): UseMutationResult<unknown, Error, PasswordChange> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: PasswordChange) => api.post(`${AUTH}/password`, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: SESSIONS_KEY }),
  });
}
