import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Back } from "../../components/back";
import { between, formatDuration } from "../../components/format";
import { PageHeader } from "../../components/PageHeader";
import { Elapsed } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import type { CommandDetailRow } from "../../wire/frames";
import { CommandActions, type ActionsProps } from "./CommandActions";

export function CommandHeader({ parent, ...props }: ActionsProps & { parent: Back }) {
  const { t } = useTranslation();
  const { command } = props;
  return (
    <PageHeader
      title={command.actionLabel}
      parent={parent}
      tag={<StatusTag kind="command" state={command.status} large />}
      actions={
        <div className="command-actions">
          <CommandActions {...props} />
        </div>
      }
    >
      <Link to={`/services/${command.serviceId}`}>{command.serviceName}</Link>
      <Link to={`/agents/${command.agentId}`}>{t("command.agent", { code: command.agentCode })}</Link>
      {command.runId !== null && <Link to={`/runs/${command.runId}`}>{t("command.ofRun")}</Link>}
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
