import { useCallback, useMemo } from "react";
import { useSearchParams, type NavigateOptions } from "react-router";

/** Values by their name in the address; what is empty or null is left out. */
export type Parts = Readonly<Record<string, string | null>>;

/** The same address with these parts changed. */
export function withParts(before: URLSearchParams, parts: Parts): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [key, value] of Object.entries(parts)) {
    if (value === null || value === "") after.delete(key);
    else after.set(key, value);
  }
  return after;
}

/** The number of a page, from 1, as it stands in the address. */
export function pageNumber(text: string | null): number {
  return Math.max(1, Math.trunc(Number(text)) || 1);
}

interface Address {
  /** What stands there; empty when nothing does. */
  readonly read: (key: string) => string;
  /** The page of a list, from 1. */
  readonly page: number;
  /** Changes several parts at once; `push` makes it a step to go back from. */
  readonly write: (parts: Parts, push?: boolean) => void;
  /** A link to the same page with these parts changed. */
  readonly hrefOf: (parts: Parts) => string;
}

type Change = (before: URLSearchParams) => URLSearchParams;

/**
 * Changes the address from what it is now. What a page was last drawn with is a moment older: on a slow
 * machine a second change within that moment would undo the first.
 */
export function useChangeAddress(): (change: Change, options: NavigateOptions) => void {
  const [, setParams] = useSearchParams();
  return useCallback((change, options) => setParams(change(new URLSearchParams(window.location.search)), options), [setParams]);
}

/** Parts of a page's address: what it shows is kept there, to be shared and to survive going back. */
export function useAddress(): Address {
  const [params] = useSearchParams();
  const change = useChangeAddress();
  const write = useCallback(
    (parts: Parts, push = false) => change((before) => withParts(before, parts), { replace: !push, preventScrollReset: !push }),
    [change],
  );
  return useMemo(
    () => ({
      read: (key) => params.get(key) ?? "",
      page: pageNumber(params.get("page")),
      write,
      hrefOf: (parts) => `?${withParts(params, parts)}`,
    }),
    [params, write],
  );
}

/** One value of the address; what changes while a list is looked at makes no new step to go back. */
export function useParam(key: string): [string, (value: string) => void] {
  const { read, write } = useAddress();
  return [read(key), useCallback((value: string) => write({ [key]: value }), [write, key])];
}
