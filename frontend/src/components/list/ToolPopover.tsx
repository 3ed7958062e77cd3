import { Button, Popover } from "antd";
import { useRef, useState, type ComponentType, type KeyboardEvent, type ReactNode } from "react";

interface ToolProps {
  label: string;
  Icon: ComponentType<{ size?: number }>;
  /** What the button opens; `close` shuts it again. */
  children: (close: () => void) => ReactNode;
}

/** A button of a list's toolbar with a small panel, which follows the button in the order of focus. */
export function ToolPopover({ label, Icon, children }: ToolProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const press = ({ key }: KeyboardEvent): void => {
    if (key === "Escape" && open) close();
  };
  return (
    <span className="tool" onKeyDown={press}>
      <Popover
        open={open}
        onOpenChange={setOpen}
        trigger="click"
        placement="bottomRight"
        arrow={false}
        destroyOnHidden
        getPopupContainer={(trigger) => trigger.parentElement ?? document.body}
        content={
          <section className="tool__panel" aria-label={label}>
            {children(close)}
          </section>
        }
      >
        <Button ref={button} icon={<Icon size={15} />} aria-expanded={open}>
          <span className="tool__label">{label}</span>
        </Button>
      </Popover>
    </span>
  );
}
