import { keepPreviousData, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { ActionBody, AuditRow } from "../wire/frames";
import { useApi } from "./session";
import type { Page } from "./types";

const PATH = "/api/admin/bus";
export const ROUTES_KEY = ["bus-routes"] as const;
export const ROUTE_EVENTS = ["bus.route.created", "bus.route.updated", "bus.route.deleted"] as const;
export const EVENTS_KEY = ["bus-events"] as const;
export const EVENT_EVENTS = ["bus.event."] as const;
export const TRAIL_KEY = ["bus-audit"] as const;
export const TRAIL_EVENTS = ["bus."] as const;

export const ROUTE_STATES = ["DISABLED", "DRY_RUN", "ENABLED"] as const;
export type RouteState = (typeof ROUTE_STATES)[number];

/** A route as people make it. */
export interface RouteInput {
  name: string;
  description?: string;
  status: RouteState;
  match: { eventType: string; sourceServiceCode?: string };
  target: { serviceCode: string; actionName: string };
  inputMapping: Record<string, unknown>;
  metadata: Record<string, unknown>;
  allowDangerous: boolean;
}

export interface BusRoute extends RouteInput {
  id: string;
  createdAt: string;
  updatedAt: string;
}

export interface BusEvent {
  id: string;
  agentId: string;
  sourceServiceId?: string;
  sourceServiceCode: string;
  eventType: string;
  payload: Record<string, unknown>;
  metadata: Record<string, unknown>;
  correlationId?: string;
  causationId?: string;
  occurredAt: string;
  acceptedAt: string;
  routeCount: number;
}

/** What one route made of an event. */
export interface RoutedCommand {
  routeId: string;
  dryRun: boolean;
  targetServiceCode: string;
  actionName: string;
  status: string;
  commandId?: string | null;
  errorCode?: string | null;
  errorMessage?: string | null;
}

export interface BusEventDetail extends BusEvent {
  routedCommands: RoutedCommand[];
}

export function useRoutes(): UseQueryResult<BusRoute[]> {
  const api = useApi();
  return useQuery({ queryKey: ROUTES_KEY, queryFn: ({ signal }) => api.get<BusRoute[]>(`${PATH}/routes`, { signal }) });
}

export function useEvents(page: number, pageSize: number): UseQueryResult<Page<BusEvent>> {
  const api = useApi();
  return useQuery({
    queryKey: [...EVENTS_KEY, page, pageSize],
    queryFn: ({ signal }) => api.page<BusEvent>(`${PATH}/events?page=${page}&pageSize=${pageSize}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** What became of an event does not change any more. */
export function useEvent(id: string): UseQueryResult<BusEventDetail> {
  const api = useApi();
  return useQuery({
    queryKey: [...EVENTS_KEY, "one", id],
    queryFn: ({ signal }) => api.get<BusEventDetail>(`${PATH}/events/${encodeURIComponent(id)}`, { signal }),
    staleTime: Infinity,
  });
}

export function useTrail(page: number, pageSize: number): UseQueryResult<Page<AuditRow>> {
  const api = useApi();
  return useQuery({
    queryKey: [...TRAIL_KEY, page, pageSize],
    queryFn: ({ signal }) => api.page<AuditRow>(`${PATH}/audit?page=${page}&pageSize=${pageSize}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** What a service offers to be the target of a route. */
export function useActionsOf(serviceId: string | null): UseQueryResult<ActionBody[]> {
  const api = useApi();
  return useQuery({
    queryKey: ["actions-of", serviceId],
    queryFn: ({ signal }) => api.get<ActionBody[]>(`/api/admin/capsule-services/${encodeURIComponent(serviceId ?? "")}/actions`, { signal }),
    enabled: serviceId !== null,
  });
}

/** Makes a route, or replaces the one with the id. */
export function useSaveRoute(): UseMutationResult<BusRoute, Error, { id: string | null; route: RouteInput }> {
  const api = useApi();
  return useRouteMutation(({ id, route }: { id: string | null; route: RouteInput }) =>
    id === null ? api.post<BusRoute>(`${PATH}/routes`, route) : api.put<BusRoute>(routePath(id), route),
  );
}

export function useDeleteRoute(): UseMutationResult<BusRoute, Error, string> {
  const api = useApi();
  return useRouteMutation((id: string) => api.delete<BusRoute>(routePath(id)));
}

function useRouteMutation<V>(mutationFn: (variables: V) => Promise<BusRoute>): UseMutationResult<BusRoute, Error, V> {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: ROUTES_KEY }) });
}

function routePath(id: string): string {
  return `${PATH}/routes/${encodeURIComponent(id)}`;
}
