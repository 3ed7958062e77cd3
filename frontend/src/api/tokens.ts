import { keepPreviousData, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useApi } from "./session";
import type { AuditRow } from "../wire/frames";
import type { CreatedToken, Page, RegistrationToken, TokenStatus } from "./types";

const PATH = "/api/admin/registration-tokens";
export const TOKENS_KEY = ["registration-tokens"] as const;
/** What changes a token or its list; an agent that joins uses one up. */
export const TOKEN_EVENTS = ["registration_token.", "maintenance."] as const;

export interface NewToken {
  readonly name: string;
  /** Absent: never expires. */
  readonly expiresInSeconds?: number;
  readonly maxUses?: number;
  readonly codePattern?: string;
  readonly mode?: string;
  readonly labels?: Record<string, string>;
}

export interface TokenQuery {
  readonly page: number;
  readonly pageSize: number;
  /** Null: in any state. */
  readonly status: TokenStatus | null;
}

export function useTokens({ page, pageSize, status }: TokenQuery): UseQueryResult<Page<RegistrationToken>> {
  const api = useApi();
  const state = status === null ? "" : `&status=${status}`;
  return useQuery({
    queryKey: [...TOKENS_KEY, status, page, pageSize],
    queryFn: ({ signal }) => api.page<RegistrationToken>(`${PATH}?page=${page}&pageSize=${pageSize}${state}`, { signal }),
    placeholderData: (before, query) => (query?.queryKey[TOKENS_KEY.length] === status ? before : undefined),
  });
}

export function useToken(id: string): UseQueryResult<RegistrationToken> {
  const api = useApi();
  return useQuery({
    queryKey: [...TOKENS_KEY, "one", id],
    queryFn: ({ signal }) => api.get<RegistrationToken>(`${PATH}/${encodeURIComponent(id)}`, { signal }),
  });
}

/** Each use of a token as the trail tells it, newest first: the actor is the agent. */
export function useTokenUses(id: string, page: number, pageSize: number): UseQueryResult<Page<AuditRow>> {
  const api = useApi();
  const query = new URLSearchParams({ action: "registration_token.consumed", targetId: id, page: String(page), pageSize: String(pageSize) });
  return useQuery({
    queryKey: [...TOKENS_KEY, "uses", id, page, pageSize],
    queryFn: ({ signal }) => api.page<AuditRow>(`/api/admin/audit-events?${query}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** The last time that an agent came with this token and was not let in; null when none was. */
export function useLastRefusal(id: string): AuditRow | null {
  const api = useApi();
  const query = new URLSearchParams({ action: "registration_token.refused", targetId: id, pageSize: "1" });
  const found = useQuery({
    queryKey: [...TOKENS_KEY, "refused", id],
    queryFn: ({ signal }) => api.page<AuditRow>(`/api/admin/audit-events?${query}`, { signal }),
  });
  return found.data?.data[0] ?? null;
}

export function useCreateToken(): UseMutationResult<CreatedToken, Error, NewToken> {
  const api = useApi();
  return useTokenMutation((token: NewToken) => api.post<CreatedToken>(PATH, token));
}

export function useRevokeToken(): UseMutationResult<RegistrationToken, Error, string> {
  const api = useApi();
  return useTokenMutation((id: string) => api.post<RegistrationToken>(`${PATH}/${encodeURIComponent(id)}/revoke`));
}

export function useDeleteToken(): UseMutationResult<RegistrationToken, Error, string> {
  const api = useApi();
  return useTokenMutation((id: string) => api.delete<RegistrationToken>(`${PATH}/${encodeURIComponent(id)}`));
}

function useTokenMutation<T, V>(mutationFn: (variables: V) => Promise<T>): UseMutationResult<T, Error, V> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queries.invalidateQueries({ queryKey: TOKENS_KEY }),
  });
}
