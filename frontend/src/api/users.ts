import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useApi } from "./session";
import type { Role, User } from "./types";

const PATH = "/api/admin/users";
export const USERS_KEY = ["users"] as const;

export type UserStatus = "ACTIVE" | "DISABLED";

export interface Person extends User {
  readonly status: UserStatus;
  readonly lastLoginAt: string | null;
  readonly createdAt: string;
}

interface NewUser {
  readonly username: string;
  readonly displayName: string | null;
  readonly role: Role;
  readonly password: string;
}

export type UserChange = Partial<{ displayName: string | null; role: Role; status: UserStatus }>;

/** Which users; `query` as REST takes it. */
export function useUsers(query: string) {
  const api = useApi();
  return useQuery({
    queryKey: [...USERS_KEY, query],
    queryFn: ({ signal }) => api.page<Person>(`${PATH}?${query}`, { signal }),
    placeholderData: (before) => before,
  });
}

export function useCreateUser(): UseMutationResult<Person, Error, NewUser> {
  const api = useApi();
  return useUserMutation((user: NewUser) => api.post<Person>(PATH, user));
}

export function useChangeUser(id: string): UseMutationResult<Person, Error, UserChange> {
  const api = useApi();
  return useUserMutation((change: UserChange) => api.patch<Person>(`${PATH}/${id}`, change));
}

export function useResetPassword(id: string): UseMutationResult<Person, Error, string> {
  const api = useApi();
  return useUserMutation((password: string) => api.post<Person>(`${PATH}/${id}/reset-password`, { password }));
}

function useUserMutation<T, V>(mutationFn: (variables: V) => Promise<T>): UseMutationResult<T, Error, V> {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: USERS_KEY }) });
}
