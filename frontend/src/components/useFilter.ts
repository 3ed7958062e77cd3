import { useCallback, useMemo } from "react";
import type { Filter } from "../store/fleet";
import { useAddress, useParam } from "./address";

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
  const [state, setState] = useParam("state");
  const filter = useMemo(() => ({ text, groups: state === "" ? [] : state.split(",") }), [text, state]);
  return {
    filter,
    setText,
    toggle: useCallback((group: string) => setState(toggled(filter.groups, group).join(",")), [setState, filter]),
    clear: useCallback(() => write({ q: null, state: null, selector: null }), [write]),
  };
}

function toggled(groups: readonly string[], group: string): string[] {
  return groups.includes(group) ? groups.filter((one) => one !== group) : [...groups, group];
}
