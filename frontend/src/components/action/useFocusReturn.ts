import { useEffect, useRef } from "react";

/** While `open`, remembers what had the focus before; afterwards that has it again, if it is still there. */
export function useFocusReturn(open: boolean): void {
  const before = useRef<Element | null>(null);
  const was = useRef(open);
  if (open && !was.current) before.current = document.activeElement;
  was.current = open;
  useEffect(() => {
    if (open) return;
    if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus({ preventScroll: true });
    before.current = null;
  }, [open]);
}
