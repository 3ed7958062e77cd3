import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCancel } from "../../api/actions";
import { useMay } from "../../api/session";
import { ErrorNote } from "../../components/ErrorNote";
import { Elapsed } from "../../components/RelativeTime";
import { between, formatDuration } from "../../components/format";
import { useBack } from "../../components/back";
import { PageHeader } from "../../components/PageHeader";
import { isFinished } from "../../components/states";
import { StatusTag } from "../../components/StatusTag";
import type { CommandDetailRow } from "../../wire/frames";

export function CommandHeader({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const back = useBack({ to: "/commands", label: t("nav.commands") });
  const cancellable = mayOperate && !isFinished(command.status);
  return (
    <PageHeader
      title={command.actionLabel}
      parent={back}
      tag={<StatusTag kind="command" state={command.status} large />}
      actions={cancellable ? <CancelButton command={command} /> : undefined}
    >
      <Link to={`/services/${command.serviceId}`}>{command.serviceName}</Link>
      <span>{t("command.by", { name: command.createdBy ?? t("command.system") })}</span>
      {command.attempt > 1 && <span>{t("command.attempt", { attempt: command.attempt })}</span>}
      <HowLong command={command} />
    </PageHeader>
  );
}

function HowLong({ command }: { command: CommandDetailRow }) {
  const total = between(command.createdAt, command.completedAt);
  if (total !== null) return <HowLongItTook ran={command.durationMs} total={total} />;
  if (command.status !== "RUNNING" || command.startedAt === null) return null;
  return (
    <span className="numbers">
      <Elapsed since={command.startedAt} />
    </span>
  );
}

/** Running and waiting are told apart, so that each number says what it counts. */
function HowLongItTook({ ran, total }: { ran: number | null; total: number }) {
  const { t } = useTranslation();
  return (
    <>
      {ran !== null && <span>{t("command.ranFor", { duration: formatDuration(ran) })}</span>}
      <span>{t("command.inAll", { duration: formatDuration(total) })}</span>
    </>
  );
}

function CancelButton({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const cancel = useCancel(command.id);
  const asked = command.cancelRequestedAt !== null || cancel.isPending;
  return (
    <div className="stack">
      <Popconfirm
        title={t("command.cancelAsk")}
        okText={t("command.cancel")}
        cancelText={t("common.back")}
        okButtonProps={{ danger: true }}
        onConfirm={() => cancel.mutate()}
      >
        <Button danger disabled={asked} loading={cancel.isPending}>
          {asked ? t("command.cancelling") : t("command.cancel")}
        </Button>
      </Popconfirm>
      {cancel.error !== null && <ErrorNote error={cancel.error} />}
    </div>
  );
}
