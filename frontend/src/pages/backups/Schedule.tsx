import { useTranslation } from "react-i18next";
import { useBackups } from "../../api/backups";
import { useRuntime } from "../../api/diagnostics";
import { formatDuration } from "../../components/format";
import { Facts, Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { useLinkStatus } from "../../store/hooks";

/** When backups are made by the clock, how many stay, and where. */
export function Schedule() {
  const { t } = useTranslation();
  const config = useRuntime(useLinkStatus().hello?.epoch ?? null).data?.config;
  const newest = useBackups(1, 1).data?.data[0];
  if (config === undefined) return null;
  const seconds = config.backupIntervalSeconds;
  return (
    <Panel title={t("backups.schedule")}>
      {seconds === 0 && <p className="note">{t("backups.unscheduled")}</p>}
      <Facts
        facts={[
          { label: t("backups.every"), value: seconds === 0 ? t("backups.never") : formatDuration(seconds * 1000) },
          { label: t("backups.newest"), value: <RelativeTime at={newest?.createdAt ?? null} /> },
          { label: t("backups.next"), value: seconds === 0 || newest === undefined ? null : <RelativeTime at={after(newest.createdAt, seconds)} /> },
          { label: t("backups.keep"), value: t("backups.keepCount", { count: config.backupKeep }) },
          { label: t("backups.folder"), value: <code className="break">{config.backupDir}</code> },
        ]}
      />
    </Panel>
  );
}

function after(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1000).toISOString();
}
