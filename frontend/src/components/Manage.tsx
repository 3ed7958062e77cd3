import { App, Button, Modal } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Typing } from "./action/Typing";
import { ErrorNote } from "./ErrorNote";
import { Panel } from "./Panel";

/** Something an operator can do to a thing, that is asked about before it is done. */
export interface Operation {
  readonly key: string;
  readonly label: string;
  /** What will happen, in a sentence or two. */
  readonly effect: string;
  readonly question: string;
  readonly danger: boolean;
  /** The code that has to be typed first. */
  readonly typing?: string;
  /** Why it cannot be done now. */
  readonly blocked?: string;
  /** Said once it is done. */
  readonly done: string;
  readonly run: () => Promise<unknown>;
}

/** What can be done to a thing, each with what it brings about. */
export function Manage({ title, operations }: { title: string; operations: readonly Operation[] }) {
  const [asked, setAsked] = useState<Operation | null>(null);
  return (
    <Panel title={title}>
      <ul className="manage">
        {operations.map((operation) => (
          <ManageItem key={operation.key} operation={operation} ask={() => setAsked(operation)} />
        ))}
      </ul>
      {asked !== null && <Ask operation={asked} close={() => setAsked(null)} />}
    </Panel>
  );
}

function ManageItem({ operation, ask }: { operation: Operation; ask: () => void }) {
  const hint = `manage-${operation.key}`;
  return (
    <li className="manage__item">
      <Button danger={operation.danger} disabled={operation.blocked !== undefined} aria-describedby={hint} onClick={ask}>
        {operation.label}
      </Button>
      <p id={hint} className="faint">
        {operation.blocked ?? operation.effect}
      </p>
    </li>
  );
}

function Ask({ operation, close }: { operation: Operation; close: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [allowed, allow] = useState(operation.typing === undefined);
  const told = () => void message.success(operation.done);
  const call = useMutation({ mutationFn: operation.run, onSuccess: () => [told(), close()] });
  return (
    <Modal
      open
      title={operation.question}
      okText={operation.label}
      okButtonProps={{ danger: operation.danger, disabled: !allowed, loading: call.isPending }}
      cancelText={t("common.back")}
      onOk={() => call.mutate()}
      onCancel={close}
    >
      <div className="confirm">
        <p>{operation.effect}</p>
        {operation.typing !== undefined && <Typing code={operation.typing} allow={allow} finish={() => call.mutate()} />}
        {call.error !== null && <ErrorNote error={call.error} />}
      </div>
    </Modal>
  );
}
