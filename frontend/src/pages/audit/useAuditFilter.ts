import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { AuditFilter } from "../../api/audit";
import { readFilter, withFilter, withoutFilter } from "./filter";

/** The filter of the address, and how to change it; the open event is no part of it. */
export function useAuditFilter() {
  const [params, setParams] = useSearchParams();
  const asked = withoutEvent(params).toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(asked)), [asked]);
  return {
    filter,
    change: useCallback((part: Partial<AuditFilter>) => setParams((before) => withFilter(before, part), { replace: true }), [setParams]),
    clear: useCallback(() => setParams(withoutFilter, { replace: true }), [setParams]),
  };
}

const EVENT = "event";

/** Which event is open. */
export function useOpenEvent() {
  const [params, setParams] = useSearchParams();
  return { opened: params.get(EVENT), close: () => setParams(withoutEvent, { replace: true }) };
}

/** The address that opens an event beside what is listed. */
export function useEventAddress(): (id: string) => { search: string } {
  const [params] = useSearchParams();
  return (id) => {
    const after = new URLSearchParams(params);
    after.set(EVENT, id);
    return { search: `?${after}` };
  };
}

function withoutEvent(before: URLSearchParams): URLSearchParams {
  const after = new URLSearchParams(before);
  after.delete(EVENT);
  return after;
}
