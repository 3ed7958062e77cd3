import { useMemo, useSyncExternalStore } from "react";

/** Narrower than this there is one column, as in `styles/parts.css`. */
export const ONE_COLUMN = "(max-width: 960px)";

/** A phone, as in `styles/shell.css`. */
export const PHONE = "(max-width: 640px)";

/** Whether a media query holds, followed while it is shown. */
export function useMedia(query: string): boolean {
  const list = useMemo(() => window.matchMedia(query), [query]);
  const listen = useMemo(
    () => (listener: () => void) => {
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [list],
  );
  return useSyncExternalStore(listen, () => list.matches);
}
