import { useCallback, useMemo, useRef } from "react";
import { useAddress } from "../address";

export interface Preview {
  /** The row whose drawer is open; empty when none is. */
  readonly id: string;
  /** Stable. */
  readonly open: (id: string) => void;
  readonly close: () => void;
}

/** The open drawer lives in the address: going back closes it, and going from row to row makes no further step. */
export function usePreview(): Preview {
  const { read, write } = useAddress();
  const id = read("preview");
  const latest = useRef({ id, write });
  latest.current = { id, write };
  const open = useCallback((next: string) => latest.current.write({ preview: next }, latest.current.id === ""), []);
  const close = useCallback(() => latest.current.write({ preview: null }), []);
  return useMemo(() => ({ id, open, close }), [id, open, close]);
}
