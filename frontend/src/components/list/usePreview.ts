import { useCallback, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import { withParam } from "../address";

export interface Preview {
  /** The row whose drawer is open; empty when none is. */
  readonly id: string;
  /** Stable. */
  readonly open: (id: string) => void;
  readonly close: () => void;
}

/** The open drawer lives in the address: going back closes it, and going from row to row makes no further step. */
export function usePreview(): Preview {
  const [params, setParams] = useSearchParams();
  const id = params.get("preview") ?? "";
  const latest = useRef({ id, setParams });
  latest.current = { id, setParams };
  const open = useCallback((next: string) => {
    const { id: before, setParams: set } = latest.current;
    set((params) => withParam(params, "preview", next), { replace: before !== "", preventScrollReset: true });
  }, []);
  const close = useCallback(() => {
    latest.current.setParams((params) => withParam(params, "preview", ""), { replace: true, preventScrollReset: true });
  }, []);
  return useMemo(() => ({ id, open, close }), [id, open, close]);
}
