import { useCallback, useMemo } from "react";
import type { Filter } from "../store/fleet";
import { useAddress, useChangeAddress, useParam, withParts } from "./address";

interface FilterControls {
  readonly filter: Filter;
  readonly setText: (text: string) => void;
  /** Adds the group, or takes it out again. */
  readonly toggle: (group: string) => void;
  readonly clear: () => void;
}

/** A filter that lives in the address, so that it can be shared and survives going back. */
export function useFilter(): FilterControls {
  const { write } = useAddress();
  const [text, setText] = useParam("q");
  const [state] = useParam("state");
  const change = useChangeAddress();
  const filter = useMemo(() => ({ text, groups: groupsIn(state) }), [text, state]);
  return {
    filter,
    setText,
    toggle: useCallback((group: string) => change((before) => withToggled(before, group), { replace: true, preventScrollReset: true }), [change]),
    clear: useCallback(() => write({ q: null, state: null, selector: null }), [write]),
  };
}

function groupsIn(state: string): string[] {
  return state === "" ? [] : state.split(",");
}

function withToggled(before: URLSearchParams, group: string): URLSearchParams {
  const groups = groupsIn(before.get("state") ?? "");
  const after = groups.includes(group) ? groups.filter((one) => one !== group) : [...groups, group];
  return withParts(before, { state: after.join(",") });
}
