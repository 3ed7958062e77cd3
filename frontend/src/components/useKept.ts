import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** A text that this browser keeps, the same in all its tabs; null forgets it. */
export function useKept(key: string): [string | null, (text: string | null) => void] {
  const text = useSyncExternalStore(listen, () => localStorage.getItem(key));
  const keep = useCallback(
    (after: string | null) => {
      if (after === null) localStorage.removeItem(key);
      else localStorage.setItem(key, after);
      for (const listener of listeners) listener();
    },
    [key],
  );
  return [text, keep];
}
