import { ViewSkeleton } from "../components/ViewSkeleton";
import { headline, sameHeadline } from "../store/headline";
import { useReady, useSummary, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { View } from "../wire/view";
import { FleetCounters } from "./fleet/FleetCounters";
import { FleetMap } from "./fleet/FleetMap";
import { FleetStream } from "./fleet/FleetStream";
import { FleetEmpty } from "./FleetEmpty";
import { Verdict } from "./FleetVerdict";

/** Home: is everything all right, and if not, what is wrong. */
export function Fleet() {
  const store = useView("fleet");
  const ready = useReady(store);
  return <div className="page page--fleet">{ready ? <FleetBody store={store} /> : <ViewSkeleton rows={10} />}</div>;
}

const isEmpty = (view: View): boolean => view.rows.size === 0;

function FleetBody({ store }: { store: ViewStore }) {
  const commands = useView("commands");
  const empty = useSummary(store, isEmpty);
  const services = useSummary(store, headline, sameHeadline).services;
  if (empty) return <FleetEmpty />;
  return (
    <>
      <Verdict store={store} />
      <FleetCounters store={store} commands={commands} />
      <div className={services > 0 ? "fleet-columns" : "fleet-columns fleet-columns--one"}>
        {services > 0 && <FleetMap store={store} />}
        <FleetStream store={store} commands={commands} />
      </div>
    </>
  );
}
