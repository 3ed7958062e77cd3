import { useTranslation } from "react-i18next";
import { between, formatDuration } from "../../components/format";
import { Panel } from "../../components/Panel";
import { Elapsed } from "../../components/RelativeTime";
import { StateShape } from "../../components/StateShape";
import { lookOf } from "../../components/states";
import { outcomes, settled, verdictOf, type Verdict } from "../../store/runs";
import type { ViewStore } from "../../store/viewStore";
import type { RunRow } from "../../wire/frames";
import { Matrix } from "./Matrix";
import { OutcomeBar } from "./Outcomes";

/** How far it is, or what came of it, in a sentence, a bar and a cell for every target. */
export function RunOverview({ store, run }: { store: ViewStore; run: RunRow }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("runs.outcomes")} extra={<HowLong run={run} />}>
      <Sentence run={run} />
      <OutcomeBar run={run} />
      <Matrix store={store} />
    </Panel>
  );
}

function HowLong({ run }: { run: RunRow }) {
  const { t } = useTranslation();
  const took = between(run.createdAt, run.completedAt);
  return <span className="faint numbers">{took === null ? <Elapsed since={run.createdAt} /> : t("runs.took", { duration: formatDuration(took) })}</span>;
}

/** While it goes on the numbers change too often to be read out. */
function Sentence({ run }: { run: RunRow }) {
  const look = lookOf("run", run.status);
  const text = useSentence(run);
  return (
    <p className={`run-sentence tone-${look.tone}`} role="status" aria-live={run.status === "RUNNING" ? "off" : "polite"}>
      <StateShape look={look} size={18} />
      {text}
    </p>
  );
}

const PARTS = {
  SUCCEEDED: "runs.partSucceeded",
  FAILED: "runs.partFailed",
  EXPIRED: "runs.partExpired",
  CANCELLED: "runs.partCancelled",
  SKIPPED: "runs.partSkipped",
  RUNNING: "runs.partRunning",
  PENDING: "runs.partPending",
  WAITING: "runs.partWaiting",
} as const;

const LEADS: Record<NonNullable<Verdict>, "runs.endAll" | "runs.endReady" | "runs.endFailed" | "runs.endOperator" | "runs.endLimit"> = {
  all: "runs.endAll",
  ready: "runs.endReady",
  failed: "runs.endFailed",
  operator: "runs.endOperator",
  limit: "runs.endLimit",
};

/** The whole run in one sentence. */
function useSentence(run: RunRow): string {
  const { t, i18n } = useTranslation();
  const verdict = verdictOf(run);
  const parts = outcomes(run.counts).map(({ state, count }) => t(PARTS[state], { count }));
  const told = new Intl.ListFormat(i18n.language, { style: "long", type: "conjunction" }).format(parts);
  const lead = verdict === null ? goingOn() : t(LEADS[verdict], { count: run.total });
  return t("runs.sentence", { lead, told });

  function goingOn(): string {
    const done = { done: settled(run), count: run.total };
    return run.stopReason === null ? t("runs.goesOn", done) : t("runs.runsOut", done);
  }
}
