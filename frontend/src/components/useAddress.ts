import { useSearchParams } from "react-router";

interface Address {
  /** What stands there; empty when nothing does. */
  readonly read: (key: string) => string;
  /** Changes several parts at once; an empty value takes the part out. */
  readonly write: (parts: Record<string, string>, push?: boolean) => void;
}

/** Parts of a page's address: what it shows is kept there, to be shared and to survive going back. */
export function useAddress(): Address {
  const [params, setParams] = useSearchParams();
  return {
    read: (key) => params.get(key) ?? "",
    write: (parts, push = false) => setParams((before) => changed(before, parts), { replace: !push }),
  };
}

function changed(before: URLSearchParams, parts: Record<string, string>): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [key, value] of Object.entries(parts)) {
    if (value === "") after.delete(key);
    else after.set(key, value);
  }
  return after;
}
