import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useExecute } from "../../api/actions";
import { newKey } from "../../api/idempotency";
import { useMay } from "../../api/session";
import { withoutSecrets } from "../../components/action/payload";
import { useConfirmation } from "../../components/action/useConfirmation";
import { useBack, useSource } from "../../components/back";
import { ErrorNote } from "../../components/ErrorNote";
import type { OpenAction } from "../../components/result/resultAction";
import { useRow, useView } from "../../store/hooks";
import type { ActionBody, CommandDetailRow, ServiceDetailRow } from "../../wire/frames";

interface AgainProps {
  command: CommandDetailRow;
  service: ServiceDetailRow;
  open: (action: OpenAction) => void;
}

/** After an action of a row or a page has ended, its list may be out of date: it can be had anew. */
export function ListAgain(props: AgainProps) {
  const source = useSource();
  const mayOperate = useMay("operate");
  return source === null || !mayOperate ? null : <Source {...props} id={source} />;
}

function Source({ id, command, service, open }: AgainProps & { id: string }) {
  const source = useRow(useView(`command:${id}`), id, "commandDetail");
  const action = service.actions.find(({ name, enabled }) => enabled && name === source?.actionName);
  if (source === undefined || action === undefined || source.serviceId !== service.id) return null;
  if (source.actionName === command.actionName) return null;
  return <Offer source={source} action={action} service={service} open={open} />;
}

interface OfferProps extends Omit<AgainProps, "command"> {
  source: CommandDetailRow;
  action: ActionBody;
}

function Offer({ source, service, action, open }: OfferProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const execute = useExecute(service.id, action.name);
  const confirm = useConfirmation(service, action);
  const [key] = useState(newKey);
  // One level up: the list that is shown now takes the place of the one before.
  const { back } = useBack({ to: "/commands", label: t("nav.commands") });
  const start = async (): Promise<void> => {
    if (source.secretsDropped) return open({ name: action.name, overlay: withoutSecrets(source.payload), detail: null });
    const confirmation = await confirm();
    if (confirmation === null) return;
    execute.mutate({ payload: source.payload, confirmation, key }, { onSuccess: ({ id }) => void navigate(`/commands/${id}`, { state: { back } }) });
  };
  const button = (
    <Button size="small" loading={execute.isPending} onClick={() => void start()}>
      {t("command.listAgain", { action: source.actionLabel })}
    </Button>
  );
  return (
    <>
      <Alert type="info" showIcon title={t("command.listOld", { action: source.actionLabel })} action={button} />
      {execute.error !== null && <ErrorNote error={execute.error} />}
    </>
  );
}
