import { useQuery } from "@tanstack/react-query";
import { useApi } from "./session";

/** What holds for everybody (`GET /api/system/settings`). */
interface PublicSettings {
  edition: string;
  capsuleBusEnabled: boolean;
  passwordMinLength: number;
  sessionTtlSeconds: number;
  requestMaxBytes: number;
  commandResultMaxBytes: number;
}

/** It changes with a restart of the server only. */
export function usePublicSettings() {
  const api = useApi();
  return useQuery({
    queryKey: ["public-settings"],
    queryFn: ({ signal }) => api.get<PublicSettings>("/api/system/settings", { signal }),
    staleTime: Infinity,
  });
}
