import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { PageSkeleton } from "../components/PageSkeleton";
import { countAgents, countServices } from "../store/fleet";
import { sameCounts } from "../store/derived";
import { useDerived, useReady, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import { FleetAgents } from "./FleetAgents";
import { FleetEmpty } from "./FleetEmpty";
import { FleetServices } from "./FleetServices";
import { Verdict } from "./FleetVerdict";

/** Home: is everything all right, and if not, what is wrong. */
export function Fleet() {
  const store = useView("fleet");
  const ready = useReady(store);
  return <div className="page">{ready ? <FleetBody store={store} /> : <PageSkeleton rows={10} />}</div>;
}

function FleetBody({ store }: { store: ViewStore }) {
  const [params, setParams] = useSearchParams();
  const services = useTotal(store, countServices);
  const agents = useTotal(store, countAgents);
  if (services === 0 && agents === 0) return <FleetEmpty />;
  const tab = params.get("tab") === "agents" ? "agents" : "services";
  const open = (next: string) => setParams(next === "agents" ? { tab: next } : {}, { replace: true });
  return (
    <>
      <Verdict store={store} />
      <Tabs tab={tab} open={open} services={services} agents={agents} />
      {tab === "agents" ? <FleetAgents store={store} /> : <FleetServices store={store} />}
    </>
  );
}

interface TabsProps {
  tab: string;
  open: (tab: string) => void;
  services: number;
  agents: number;
}

function Tabs({ tab, open, services, agents }: TabsProps) {
  const { t } = useTranslation();
  const options = [
    { value: "services", label: `${t("fleet.services")} ${services}` },
    { value: "agents", label: `${t("fleet.agents")} ${agents}` },
  ];
  return <Segmented className="fleet-tabs" value={tab} onChange={open} options={options} aria-label={t("fleet.title")} />;
}

function useTotal(store: ViewStore, count: typeof countServices): number {
  const counts = useDerived(store, count, sameCounts);
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}
