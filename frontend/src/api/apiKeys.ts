import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useApi } from "./session";
import type { Role } from "./types";

const PATH = "/api/admin/api-keys";
export const API_KEYS_KEY = ["api-keys"] as const;

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The first characters behind the prefix that all keys have. */
  readonly hint: string;
  readonly role: Role;
  readonly status: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
  readonly createdAt: string;
}

/** The answer to creating a key: the only time the raw value is there. */
export interface CreatedApiKey extends ApiKey {
  readonly key: string;
}

interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  /** Absent: until it is revoked. */
  readonly expiresInSeconds?: number;
}

/** Which keys; `query` as REST takes it. */
export function useApiKeys(query: string) {
  const api = useApi();
  return useQuery({
    queryKey: [...API_KEYS_KEY, query],
    queryFn: ({ signal }) => api.page<ApiKey>(`${PATH}?${query}`, { signal }),
    placeholderData: (before) => before,
  });
}

export function useCreateApiKey(): UseMutationResult<CreatedApiKey, Error, NewApiKey> {
  const api = useApi();
  return useKeyMutation((key: NewApiKey) => api.post<CreatedApiKey>(PATH, key));
}

export function useRevokeApiKey(): UseMutationResult<ApiKey, Error, string> {
  const api = useApi();
  return useKeyMutation((id: string) => api.post<ApiKey>(`${PATH}/${id}/revoke`));
}

export function useDeleteApiKey(): UseMutationResult<ApiKey, Error, string> {
  const api = useApi();
  return useKeyMutation((id: string) => api.delete<ApiKey>(`${PATH}/${id}`));
}

function useKeyMutation<T, V>(mutationFn: (variables: V) => Promise<T>): UseMutationResult<T, Error, V> {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: API_KEYS_KEY }) });
}
