import { Modal } from "antd";
import { useRef, type ReactNode } from "react";

interface FormModalProps {
  title: string;
  close: () => void;
  width?: number;
  children: ReactNode;
}

/** A dialogue with a form: it begins in the first field, and a click beside it does not lose what is filled in. */
export function FormModal({ title, close, width = 520, children }: FormModalProps) {
  const body = useRef<HTMLDivElement>(null);
  // Once it is open; before that the dialogue takes the focus for itself.
  const begin = (open: boolean) => {
    if (open) body.current?.querySelector("input")?.focus();
  };
  return (
    <Modal open title={title} onCancel={close} footer={null} mask={{ closable: false }} width={width} afterOpenChange={begin} destroyOnHidden>
      <div ref={body}>{children}</div>
    </Modal>
  );
}
