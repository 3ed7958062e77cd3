import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { AuditFilter } from "../../api/audit";
import { useAddress, useChangeAddress, useParam, withParts } from "../../components/address";
import { readFilter, withFilter, withoutFilter } from "./filter";

const EVENT = "event";

/** The filter of the address, and how to change it; the open event is no part of it. */
export function useAuditFilter() {
  const [params] = useSearchParams();
  const write = useChangeAddress();
  const asked = withParts(params, { [EVENT]: null }).toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(asked)), [asked]);
  return {
    filter,
    change: useCallback((part: Partial<AuditFilter>) => write((before) => withFilter(before, part), { replace: true }), [write]),
    clear: useCallback(() => write(withoutFilter, { replace: true }), [write]),
  };
}

/** Which event is open; empty when none is. */
export function useOpenEvent() {
  const [opened, open] = useParam(EVENT);
  return { opened, close: () => open("") };
}

/** The address that opens an event beside what is listed. */
export function useEventAddress(): (id: string) => { search: string } {
  const { hrefOf } = useAddress();
  return (id) => ({ search: hrefOf({ [EVENT]: id }) });
}
