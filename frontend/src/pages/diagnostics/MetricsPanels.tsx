import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { METRICS_KEY, useMetrics, type Counts, type Metrics } from "../../api/diagnostics";
import { useRefetchOn } from "../../api/refetch";
import { FailureState } from "../../components/EmptyState";
import { formatDuration } from "../../components/format";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Facts, Panel } from "../../components/Panel";
import { PlainTable } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import type { StateKind } from "../../components/states";

/** What makes the numbers other ones. */
const COUNTED = ["command.", "agent.", "service.", "system.", "user.", "registration_token.", "maintenance."] as const;

/** Everything that is counted; anew by itself when something happened that counts. */
export function MetricsPanels() {
  const { t } = useTranslation();
  const metrics = useMetrics();
  useRefetchOn(METRICS_KEY, COUNTED);
  const { data } = metrics;
  return (
    <>
      <div className="metrics__head">
        <h2>{t("diagnostics.numbers")}</h2>
        {data !== undefined && (
          <span className="faint">
            {t("diagnostics.asOf")} <RelativeTime at={new Date(metrics.dataUpdatedAt).toISOString()} />
          </span>
        )}
        <Button size="small" loading={metrics.isFetching} onClick={() => void metrics.refetch()}>
          {t("diagnostics.refresh")}
        </Button>
      </div>
      {metrics.isPending && <PageSkeleton />}
      {data === undefined && metrics.error !== null && <FailureState error={metrics.error} retry={() => void metrics.refetch()} />}
      {data !== undefined && <Numbers metrics={data} />}
    </>
  );
}

function Numbers({ metrics: { totals, byStatus, operational, commandDurations: took, topCommandErrors } }: { metrics: Metrics }) {
  const { t } = useTranslation();
  return (
    <div className="metrics">
      <Panel title={t("diagnostics.totals")}>
        <Facts
          facts={[
            { label: t("nav.agents"), value: <Counted total={totals.agents} counts={byStatus.agents} kind="agent" /> },
            { label: t("nav.services"), value: <Counted total={totals.capsuleServices} counts={byStatus.capsuleServices} kind="service" /> },
            { label: t("nav.commands"), value: <Counted total={totals.commands} counts={byStatus.commands} kind="command" /> },
            { label: t("nav.tokens"), value: <Counted total={totals.registrationTokens} counts={byStatus.registrationTokens} kind="token" /> },
            { label: t("nav.users"), value: totals.users },
            { label: t("nav.audit"), value: totals.auditEvents },
          ]}
        />
      </Panel>
      <Panel title={t("diagnostics.operational")}>
        <Facts
          facts={[
            { label: t("diagnostics.dispatched"), value: operational.commandsDispatched },
            { label: t("diagnostics.completed"), value: operational.commandsCompleted },
            { label: t("diagnostics.failed"), value: operational.commandsFailed },
            { label: t("diagnostics.prepared"), value: operational.actionPrepareRequested },
            { label: t("diagnostics.prepareTimeouts"), value: operational.actionPrepareTimeouts },
            { label: t("diagnostics.prepareFailures"), value: operational.actionPrepareFailures },
            { label: t("diagnostics.polls"), value: operational.agentCommandPolls },
            { label: t("diagnostics.oversized"), value: operational.oversizedCommandResultsRejected },
            { label: t("diagnostics.staleOnline"), value: operational.staleOnlineAgents },
          ]}
        />
      </Panel>
      <Panel title={t("diagnostics.durations")}>
        {took.sampleSize === 0 ? <p className="faint">{t("diagnostics.noSample")}</p> : <Durations took={took} />}
      </Panel>
      <Panel title={t("diagnostics.errors")} flush={topCommandErrors.length > 0}>
        {topCommandErrors.length === 0 ? <p className="faint">{t("diagnostics.noErrors")}</p> : <Errors errors={topCommandErrors} />}
      </Panel>
    </div>
  );
}

function Durations({ took }: { took: Metrics["commandDurations"] }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="faint">{t("diagnostics.sample", { count: took.sampleSize })}</p>
      <Facts
        facts={[
          { label: t("diagnostics.p50"), value: span(took.p50Ms) },
          { label: t("diagnostics.p95"), value: span(took.p95Ms) },
          { label: t("diagnostics.max"), value: span(took.maxMs) },
          { label: t("diagnostics.mean"), value: span(took.meanMs) },
        ]}
      />
    </>
  );
}

function span(milliseconds: number | null): string | null {
  return milliseconds === null ? null : formatDuration(milliseconds);
}

function Counted({ total, counts, kind }: { total: number; counts: Counts; kind: StateKind }) {
  return (
    <span className="metrics__counts">
      <span className="strong numbers">{total}</span>
      {Object.entries(counts).map(([state, count]) => (
        <span key={state}>
          <StatusTag kind={kind} state={state} /> <span className="numbers">{count}</span>
        </span>
      ))}
    </span>
  );
}

function Errors({ errors }: { errors: Metrics["topCommandErrors"] }) {
  const { t } = useTranslation();
  return (
    <PlainTable
      columns={[
        { key: "code", title: t("diagnostics.errorCode"), cell: ({ code }) => <code className="break">{code}</code> },
        { key: "count", title: t("diagnostics.count"), cell: ({ count }) => <span className="numbers">{count}</span> },
      ]}
      rows={errors}
      rowKey={({ code }) => code}
      label={t("diagnostics.errors")}
    />
  );
}
