import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** The same address with another value; an empty one is left out. */
export function withParam(before: URLSearchParams, key: string, value: string): URLSearchParams {
  const after = new URLSearchParams(before);
  if (value === "") after.delete(key);
  else after.set(key, value);
  return after;
}

/** One value of the address; what changes while a list is looked at makes no new step to go back. */
export function useParam(key: string): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) => setParams((before) => withParam(before, key, value), { replace: true, preventScrollReset: true }),
    [setParams, key],
  );
  return [params.get(key) ?? "", set];
}
