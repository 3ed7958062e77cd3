import { useTranslation } from "react-i18next";
import { useRuntime, type Runtime } from "../../api/diagnostics";
import { FailureState } from "../../components/EmptyState";
import { formatBytes } from "../../components/format";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Facts, Panel } from "../../components/Panel";
import { useLinkStatus, useTicking } from "../../store/hooks";
import { formatSpan } from "./uptime";

/** The process of the server and how it was set up. */
export function RuntimePanel() {
  const { t } = useTranslation();
  const runtime = useRuntime(useLinkStatus().hello?.epoch ?? null);
  const { data } = runtime;
  if (data === undefined) {
    return (
      <Panel title={t("diagnostics.process")}>
        {runtime.error === null ? <PageSkeleton rows={4} /> : <FailureState error={runtime.error} retry={() => void runtime.refetch()} />}
      </Panel>
    );
  }
  return (
    <>
      <Process runtime={data} since={runtime.dataUpdatedAt - data.uptimeSeconds * 1000} />
      <Config config={data.config} />
    </>
  );
}

function Process({ runtime, since }: { runtime: Runtime; since: number }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("diagnostics.process")}>
      <Facts
        facts={[
          { label: t("diagnostics.version"), value: `${runtime.version} (${runtime.edition})` },
          { label: t("diagnostics.uptime"), value: <Uptime since={since} /> },
          { label: t("diagnostics.python"), value: `${runtime.runtime} ${runtime.python}` },
          { label: t("diagnostics.platform"), value: `${runtime.platform} ${runtime.arch}` },
          { label: t("diagnostics.pid"), value: runtime.pid },
          { label: t("diagnostics.resident"), value: formatBytes(runtime.memory.rss) },
          { label: t("diagnostics.heap"), value: runtime.memory.heapTotal === 0 ? null : `${formatBytes(runtime.memory.heapUsed)} / ${formatBytes(runtime.memory.heapTotal)}` },
        ]}
      />
    </Panel>
  );
}

function Uptime({ since }: { since: number }) {
  const text = useTicking(() => formatSpan((Date.now() - since) / 1000));
  return <span className="numbers">{text}</span>;
}

function Config({ config }: { config: Runtime["config"] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("diagnostics.config")}>
      <Facts
        facts={[
          { label: t("diagnostics.address"), value: <code>{`${config.host}:${config.port}`}</code> },
          { label: t("diagnostics.database"), value: <code className="break">{config.databaseUrl}</code> },
          { label: t("diagnostics.console"), value: <code className="break">{config.staticDir}</code> },
          { label: t("diagnostics.backups"), value: <code className="break">{config.backupDir}</code> },
          { label: t("diagnostics.bus"), value: config.capsuleBusEnabled ? t("common.on") : t("common.off") },
        ]}
      />
    </Panel>
  );
}
