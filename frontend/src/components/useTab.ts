import { useSearchParams } from "react-router";

/** The chosen tab of a page, kept in the address; what belonged to the tab before goes with it. */
export function useTab<K extends string>(tabs: readonly [K, ...K[]]): [K, (tab: string) => void] {
  const [params, setParams] = useSearchParams();
  const chosen = tabs.find((tab) => tab === params.get("tab")) ?? tabs[0];
  return [chosen, (tab) => setParams(tab === tabs[0] ? {} : { tab }, { replace: true })];
}
