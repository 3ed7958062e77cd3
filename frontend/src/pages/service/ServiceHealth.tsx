import { useTranslation } from "react-i18next";
import { isEmpty, isRecordList } from "../../components/json";
import { Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { OUTDATED } from "../../components/states";
import { StatusTag } from "../../components/StatusTag";
import { ValueList } from "../../components/ValueList";
import type { HealthBody } from "../../wire/frames";
import { AccountTable } from "./AccountTable";

/** What the service says of itself, with everything it said. */
export function ServiceHealth({ health, current }: { health: HealthBody | null; current: boolean }) {
  const { t } = useTranslation();
  if (health === null) return <Panel title={t("service.health")}>{t("service.noHealth")}</Panel>;
  const { accounts, ...details } = health.details;
  const table = isRecordList(accounts) ? accounts : null;
  const rest = table === null ? health.details : details;
  return (
    <Panel title={t("service.health")} extra={<StatusTag kind="health" state={health.status} look={current ? undefined : OUTDATED} />}>
      {!current && <p className="note">{t("service.outdated")}</p>}
      {health.message !== null && <p className="lead">{health.message}</p>}
      {!isEmpty(rest) && <ValueList values={rest} />}
      {table !== null && <AccountTable accounts={table} />}
      <p className="faint panel__foot">
        {t("service.reported")} <RelativeTime at={health.reportedAt} />
      </p>
    </Panel>
  );
}
