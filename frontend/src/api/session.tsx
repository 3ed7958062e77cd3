import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { Api } from "./client";
import type { Session } from "./types";

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

/** True when the person may change things; the server decides in the end. */
export function useMayOperate(): boolean {
  const { data } = useSession();
  return data?.user.role === "owner" || data?.user.role === "operator";
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
    onSuccess: (session) => queries.setQueryData(SESSION_KEY, session),
  });
}

export function useLogout(): UseMutationResult<void, Error, void> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.logout(),
    onSettled: () => queries.setQueryData(SESSION_KEY, null),
  });
}
