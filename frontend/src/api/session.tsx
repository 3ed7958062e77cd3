import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { createContext, useCallback, useContext } from "react";
import type { Api } from "./client";
import type { Role, Session } from "./types";

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error("useApi needs an ApiContext above it");
  return api;
}

export const SESSION_KEY = ["session"] as const;

/** The session: undefined while asking, null when nobody is signed in. */
export function useSession() {
  const api = useApi();
  return useQuery({ queryKey: SESSION_KEY, queryFn: () => api.me(), staleTime: Infinity });
}

/** What a role may be allowed beyond reading, and the least role that is (`docs/concepts.md`, Roles). */
const LEAST_ROLE = { operate: "operator", export: "operator", diagnose: "operator", administer: "owner" } as const;
export type Capability = keyof typeof LEAST_ROLE;

export function leastRole(capability: Capability): Role {
  return LEAST_ROLE[capability];
}

/** True when the person's role allows it; the server decides in the end. */
export function useMay(capability: Capability): boolean {
  const { data } = useSession();
  const role = data?.user.role;
  return role === "owner" || (role !== undefined && role === LEAST_ROLE[capability]);
}

interface Credentials {
  username: string;
  password: string;
}

export function useLogin(): UseMutationResult<Session, Error, Credentials> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ username, password }: Credentials) => api.login(username, password),
    onSuccess: (session) => {
      queries.setQueryData(LEFT_KEY, false);
      queries.setQueryData(SESSION_KEY, session);
    },
  });
}

const LEFT_KEY = ["left"] as const;

/** True once the person has signed out: then the session ended because they wanted it. */
export function useHasLeft(): boolean {
  return useQueryClient().getQueryData(LEFT_KEY) === true;
}

/** Tells whether the session has ended by itself, or by somebody else. */
export function useSessionLost(): () => boolean {
  const queries = useQueryClient();
  return useCallback(() => queries.getQueryData(SESSION_KEY) === null && queries.getQueryData(LEFT_KEY) !== true, [queries]);
}

export function useLogout(): UseMutationResult<void, Error, void> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.logout(),
    onMutate: () => void queries.setQueryData(LEFT_KEY, true),
    onSettled: () => queries.setQueryData(SESSION_KEY, null),
  });
}
