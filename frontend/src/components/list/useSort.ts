import { useMemo } from "react";
import { readSort, writeSort, type Sort } from "../../store/ordering";
import { useParam } from "../address";
import type { SortControl } from "../grid/GridHead";

/** The order of a list, in the address unless it is the usual one, which must be a constant. */
export function useSort(usual: Sort): SortControl {
  const [text, set] = useParam("sort");
  return useMemo(() => {
    const change = (sort: Sort): void => set(writeSort(sort) === writeSort(usual) ? "" : writeSort(sort));
    return { sort: readSort(text, usual), change };
  }, [text, set, usual]);
}
