import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Absent } from "../components/Absent";
import { ViewSkeleton } from "../components/ViewSkeleton";
import { useGone, useReady, useRow, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import { PayloadPanel } from "./command/PayloadPanel";
import { RunHeader } from "./runs/RunHeader";
import { RunOverview } from "./runs/RunOverview";
import { RunTargets } from "./runs/RunTargets";
import "../styles/runs.css";

/** One run: what becomes of each of its targets, as it happens. */
export function Run() {
  const { runId = "" } = useParams();
  const store = useView(`run:${runId}`);
  return (
    <div className="page" key={runId}>
      <RunBody store={store} runId={runId} />
    </div>
  );
}

function RunBody({ store, runId }: { store: ViewStore; runId: string }) {
  const { t } = useTranslation();
  const ready = useReady(store);
  const gone = useGone(store);
  const run = useRow(store, runId, "run");
  if (gone !== null || (ready && run === undefined)) {
    return <Absent title={t("runs.notFound")} hint={t("runs.notFoundHint")} list={{ to: "/runs", label: t("runs.toRuns") }} />;
  }
  if (run === undefined) return <ViewSkeleton rows={10} />;
  return (
    <>
      <RunHeader store={store} run={run} />
      <RunOverview store={store} run={run} />
      <RunTargets store={store} run={run} />
      <PayloadPanel payload={run.payload} />
    </>
  );
}
