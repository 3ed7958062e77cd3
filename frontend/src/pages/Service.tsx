import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ActionScope } from "../components/action/ActionScope";
import { EmptyState } from "../components/EmptyState";
import { PageSkeleton } from "../components/PageSkeleton";
import { useGone, useReady, useRow, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import { actionPanel } from ".";
import { ServiceHeader } from "./service/ServiceHeader";
import { ServiceTabs } from "./service/ServiceTabs";

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
  if (gone !== null) return <ServiceGone forbidden={gone === "forbidden"} />;
  if (!ready) return <PageSkeleton rows={12} />;
  if (service === undefined) return <ServiceGone forbidden={false} />;
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

function ServiceGone({ forbidden }: { forbidden: boolean }) {
  const { t } = useTranslation();
  const home = <Link to="/">{t("notFound.home")}</Link>;
  if (forbidden) return <EmptyState title={t("service.forbidden")} look={{ tone: "idle", shape: "slash" }}>{home}</EmptyState>;
  return (
    <EmptyState title={t("service.notFound")} hint={t("service.notFoundHint")} look={{ tone: "idle", shape: "question" }}>
      {home}
    </EmptyState>
  );
}
