import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useSweep, type SweepResult } from "../../api/maintenance";
import { useMay } from "../../api/session";
import { ErrorNote } from "../../components/ErrorNote";
import { Facts, Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";

const COUNTED = [
  ["expiredRegistrationTokens", "settings.expiredTokens"],
  ["expiredCommands", "settings.expiredCommands"],
  ["offlineAgents", "settings.offlineAgents"],
  ["offlineServices", "settings.offlineServices"],
  ["deletedAuditEvents", "settings.deletedAudit"],
  ["deletedSessions", "settings.deletedSessions"],
  ["deletedTokens", "settings.deletedTokens"],
  ["deletedCommandSecrets", "settings.deletedSecrets"],
  ["deletedHealthReports", "settings.deletedHealth"],
  ["deletedCommands", "settings.deletedCommands"],
  ["deletedCommandOutputs", "settings.deletedOutputs"],
  ["deletedBusEvents", "settings.deletedBusEvents"],
] as const;

/** Tidies up now instead of when the timer is due, and says what that did. */
export function Sweep() {
  const { t } = useTranslation();
  const mayRun = useMay("operate");
  const sweep = useSweep();
  return (
    <Panel title={t("settings.sweep")}>
      <p className="faint">{t("settings.sweepHint")}</p>
      {mayRun && (
        <div>
          <Button loading={sweep.isPending} onClick={() => sweep.mutate()}>
            {t("settings.sweepNow")}
          </Button>
        </div>
      )}
      {!mayRun && <p className="note">{t("settings.sweepNotYou")}</p>}
      {sweep.error !== null && <ErrorNote error={sweep.error} />}
      <div role="status">{sweep.data !== undefined && <SweepFacts done={sweep.data} />}</div>
    </Panel>
  );
}

function SweepFacts({ done }: { done: SweepResult }) {
  const { t } = useTranslation();
  const counted = COUNTED.filter(([name]) => done[name] > 0).map(([name, label]) => ({ label: t(label), value: done[name] }));
  return (
    <div className="stack">
      <p>
        {counted.length === 0 ? t("settings.sweptNothing") : t("settings.swept")} <RelativeTime at={done.ranAt} />
      </p>
      <Facts facts={counted} />
    </div>
  );
}
