import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Filter } from "../store/fleet";

interface FilterControls {
  readonly filter: Filter;
  readonly setText: (text: string) => void;
  /** Adds the group, or takes it out again. */
  readonly toggle: (group: string) => void;
  readonly clear: () => void;
}

/** A filter that lives in the address, so that it can be shared and survives going back. */
export function useFilter(): FilterControls {
  const [params, setParams] = useSearchParams();
  const text = params.get("q") ?? "";
  const state = params.get("state") ?? "";
  const filter = useMemo(() => ({ text, groups: state === "" ? [] : state.split(",") }), [text, state]);
  const change = useCallback(
    (key: string, value: string) => setParams((before) => changed(before, key, value), { replace: true }),
    [setParams],
  );
  return {
    filter,
    setText: useCallback((value: string) => change("q", value), [change]),
    toggle: useCallback((group: string) => change("state", toggled(filter.groups, group).join(",")), [change, filter]),
    clear: useCallback(() => setParams(cleared, { replace: true }), [setParams]),
  };
}

function changed(before: URLSearchParams, key: string, value: string): URLSearchParams {
  const after = new URLSearchParams(before);
  if (value === "") after.delete(key);
  else after.set(key, value);
  return after;
}

function cleared(before: URLSearchParams): URLSearchParams {
  return changed(changed(before, "q", ""), "state", "");
}

function toggled(groups: readonly string[], group: string): string[] {
  return groups.includes(group) ? groups.filter((one) => one !== group) : [...groups, group];
}
