import { Button, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/session";
import { usePublicSettings } from "../api/system";
import { CodeBlock } from "../components/CodeBlock";
import { EmptyState, FailureState } from "../components/EmptyState";
import { PlusIcon } from "../components/icons";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { NEW, useBusAddress } from "./bus/address";
import { BusTrail } from "./bus/BusTrail";
import { EventDrawer } from "./bus/EventDrawer";
import { EventList } from "./bus/EventList";
import { RouteDrawer } from "./bus/RouteDrawer";
import { RouteList } from "./bus/RouteList";
import "../styles/system.css";

const ENABLE = "OPSTAGE_CAPSULE_BUS_ENABLED=true opstage serve";

/** What services announce, and the routes that make commands of it. */
export function Bus() {
  const { t } = useTranslation();
  const settings = usePublicSettings();
  const on = settings.data?.capsuleBusEnabled;
  return (
    <div className="page">
      <PageHeader title={t("nav.bus")} actions={on === true && <NewRoute />}>
        <span className="faint">{t("bus.intro")}</span>
      </PageHeader>
      {settings.isPending && <PageSkeleton />}
      {settings.error !== null && <FailureState error={settings.error} retry={() => void settings.refetch()} />}
      {on === false && <Off />}
      {on === true && <Parts />}
    </div>
  );
}

function Off() {
  const { t } = useTranslation();
  return (
    <EmptyState title={t("bus.off")} hint={t("bus.offHint")} look={{ tone: "idle", shape: "off" }}>
      <CodeBlock name={t("bus.terminal")} code={ENABLE} />
    </EmptyState>
  );
}

function NewRoute() {
  const { t } = useTranslation();
  const { go } = useBusAddress();
  if (!useMay("operate")) return null;
  return (
    <Button type="primary" icon={<PlusIcon size={16} />} onClick={() => go({ route: NEW })}>
      {t("bus.newRoute")}
    </Button>
  );
}

function Parts() {
  const { t } = useTranslation();
  const { tab, route, event, go } = useBusAddress();
  return (
    <>
      <Tabs
        activeKey={tab}
        onChange={(next) => go({ tab: next, page: null })}
        destroyOnHidden
        items={[
          { key: "routes", label: t("bus.routes"), children: <RouteList /> },
          { key: "events", label: t("bus.events"), children: <EventList /> },
          { key: "audit", label: t("bus.audit"), children: <BusTrail /> },
        ]}
      />
      {route !== "" && <RouteDrawer key={`route ${route}`} id={route} close={() => go({ route: null })} />}
      {event !== "" && <EventDrawer key={`event ${event}`} id={event} close={() => go({ event: null })} />}
    </>
  );
}
