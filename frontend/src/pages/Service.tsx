import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Absent } from "../components/Absent";
import { ActionScope } from "../components/action/ActionScope";
import { ViewSkeleton } from "../components/ViewSkeleton";
import { useGone, useReady, useRow, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { GoneReason } from "../wire/view";
import { actionPanel } from ".";
import { ServiceHeader } from "./service/ServiceHeader";
import { ServiceTabs } from "./service/ServiceTabs";
import "../styles/detail.css";

/** Everything about one service, and what can be done with it. */
export function Service() {
  const { serviceId = "" } = useParams();
  const store = useView(`service:${serviceId}`);
  useEffect(() => void actionPanel().catch(() => undefined), []);
  return (
    <div className="page" key={serviceId}>
      <ServiceBody store={store} serviceId={serviceId} />
    </div>
  );
}

function ServiceBody({ store, serviceId }: { store: ViewStore; serviceId: string }) {
  const ready = useReady(store);
  const gone = useGone(store);
  const service = useRow(store, serviceId, "serviceDetail");
  const [known, setKnown] = useState(service?.name);
  if (service !== undefined && service.name !== known) setKnown(service.name);
  if (gone !== null || (ready && service === undefined)) return <ServiceGone reason={gone ?? "not-found"} known={known} />;
  if (service === undefined) return <ViewSkeleton rows={12} />;
  return (
    <ActionScope service={service} back={{ to: `/services/${service.id}`, label: service.name }}>
      {(open) => (
        <>
          <ServiceHeader service={service} />
          <ServiceTabs store={store} service={service} openAction={(name) => open({ name, overlay: {}, detail: null })} />
        </>
      )}
    </ActionScope>
  );
}

/** `known`: the name it had when it was still there. */
function ServiceGone({ reason, known }: { reason: GoneReason; known: string | undefined }) {
  const { t } = useTranslation();
  const list = { to: "/services", label: t("service.all") };
  if (reason === "forbidden") return <Absent title={t("service.forbidden")} list={list} forbidden />;
  if (known !== undefined) return <Absent title={t("service.deleted", { name: known })} hint={t("service.deletedHint")} list={list} />;
  return <Absent title={t("service.notFound")} hint={t("service.notFoundHint")} list={list} />;
}
