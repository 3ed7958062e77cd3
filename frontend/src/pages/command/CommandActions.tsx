import { Button, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useCancel, useRetry } from "../../api/actions";
import { newKey } from "../../api/idempotency";
import { useMay } from "../../api/session";
import { withoutSecrets } from "../../components/action/payload";
import { useConfirmation } from "../../components/action/useConfirmation";
import type { Passage } from "../../components/back";
import { CopyButton } from "../../components/CopyButton";
import { ErrorNote } from "../../components/ErrorNote";
import type { OpenAction } from "../../components/result/resultAction";
import { isFinished } from "../../components/states";
import { isPrepare } from "../../store/commands";
import type { ActionBody, CommandDetailRow, ServiceDetailRow } from "../../wire/frames";

export interface ActionsProps {
  command: CommandDetailRow;
  /** Undefined while it is not known, or gone. */
  service: ServiceDetailRow | undefined;
  /** Opens the form of an action. */
  open: (action: OpenAction) => void;
  /** What the page of a new command is given. */
  passage: Passage;
}

/** What can be done with a command: stop it, do it again, show it to somebody. */
export function CommandActions(props: ActionsProps) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const { command, service } = props;
  const action = service?.actions.find(({ name, enabled }) => enabled && name === command.actionName);
  const again = mayOperate && isFinished(command.status) && !isPrepare(command);
  return (
    <>
      <CopyButton text={() => window.location.origin + window.location.pathname} label={t("command.copyLink")} />
      {mayOperate && !isFinished(command.status) && <CancelButton command={command} />}
      {again && service !== undefined && action !== undefined && <AgainButton {...props} service={service} action={action} />}
    </>
  );
}

interface AgainProps extends ActionsProps {
  service: ServiceDetailRow;
  action: ActionBody;
}

/** What succeeded is begun anew in its form; what did not is retried, with its form where secrets are needed again. */
function AgainButton({ command, service, action, open, passage }: AgainProps) {
  const { t } = useTranslation();
  const form = { name: action.name, overlay: withoutSecrets(command.payload), detail: null };
  if (command.status === "SUCCEEDED") return <Button onClick={() => open(form)}>{t("command.again")}</Button>;
  if (!command.secretsDropped) return <RetryButton command={command} service={service} action={action} passage={passage} />;
  return (
    <Button type="primary" title={t("command.retrySecrets")} onClick={() => open({ ...form, retryOf: command.id })}>
      {t("command.retry")}…
    </Button>
  );
}

function RetryButton({ command, service, action, passage }: Omit<AgainProps, "open">) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const retry = useRetry(command.id);
  const confirm = useConfirmation(service, action);
  const [key] = useState(newKey);
  const start = async (): Promise<void> => {
    const confirmation = await confirm();
    if (confirmation === null) return;
    retry.mutate({ confirmation, key }, { onSuccess: ({ id }) => void navigate(`/commands/${id}`, { state: passage }) });
  };
  return (
    <>
      <Button type="primary" loading={retry.isPending} onClick={() => void start()}>
        {t("command.retry")}
      </Button>
      {retry.error !== null && <ErrorNote error={retry.error} />}
    </>
  );
}

function CancelButton({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const cancel = useCancel(command.id);
  const asked = command.cancelRequestedAt !== null || cancel.isPending;
  return (
    <>
      <Popconfirm
        title={t("command.cancelAsk")}
        okText={t("command.cancel")}
        cancelText={t("common.back")}
        okButtonProps={{ danger: true }}
        onConfirm={() => cancel.mutate()}
      >
        <Button danger disabled={asked} loading={cancel.isPending}>
          {asked ? t("command.cancelAsked") : t("command.cancel")}
        </Button>
      </Popconfirm>
      {cancel.error !== null && <ErrorNote error={cancel.error} />}
    </>
  );
}
