import { Button } from "antd";
import { useEffect, useId, useRef, useState, type ComponentType, type FocusEvent, type KeyboardEvent, type ReactNode, type RefObject } from "react";

interface ToolProps {
  label: string;
  Icon: ComponentType<{ size?: number }>;
  /** What the button opens; `close` shuts it again. */
  children: (close: () => void) => ReactNode;
}

/** A button of a list's toolbar with a small panel, which follows the button in the order of focus. */
export function ToolPopover({ label, Icon, children }: ToolProps) {
  const [open, setOpen] = useState(false);
  const panel = useId();
  const whole = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useOutside(whole, open, () => setOpen(false));
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const press = ({ key }: KeyboardEvent): void => {
    if (key === "Escape" && open) close();
  };
  const leave = ({ relatedTarget }: FocusEvent): void => {
    if (relatedTarget !== null && whole.current?.contains(relatedTarget) === false) setOpen(false);
  };
  return (
    <span className="tool" ref={whole} onKeyDown={press} onBlur={leave}>
      <Button ref={button} icon={<Icon size={15} />} aria-expanded={open} aria-controls={open ? panel : undefined} onClick={() => setOpen(!open)}>
        {label}
      </Button>
      {open && (
        <section id={panel} className="tool__panel" aria-label={label}>
          {children(close)}
        </section>
      )}
    </span>
  );
}

/** Calls `left` when something outside is pressed. */
function useOutside(whole: RefObject<HTMLElement | null>, open: boolean, left: () => void): void {
  const latest = useRef(left);
  latest.current = left;
  useEffect(() => {
    if (!open) return undefined;
    const press = ({ target }: PointerEvent): void => {
      if (target instanceof Node && whole.current?.contains(target) === false) latest.current();
    };
    document.addEventListener("pointerdown", press);
    return () => document.removeEventListener("pointerdown", press);
  }, [open, whole]);
}
