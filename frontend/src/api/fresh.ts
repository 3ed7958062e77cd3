import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

const AFTER_MS = 300;

/**
 * Fetches `queryKey` anew a moment after `sign` changed, once for all changes within that moment, so
 * that a flood of them neither floods the server nor holds the answer back.
 */
export function useFreshAfter(queryKey: QueryKey, sign: string, afterMs: number = AFTER_MS): void {
  const queries = useQueryClient();
  const seen = useRef(sign);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (seen.current === sign) return;
    seen.current = sign;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey });
    }, afterMs);
  }, [queries, queryKey, sign, afterMs]);
  useEffect(() => () => clearTimeout(timer.current), []);
}
