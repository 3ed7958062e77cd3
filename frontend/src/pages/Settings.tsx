import { useTranslation } from "react-i18next";
import { MAINTENANCE_EVENTS, MAINTENANCE_KEY, useMaintenance } from "../api/maintenance";
import { useRefetchOn } from "../api/refetch";
import { FailureState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { MaintenanceForm } from "./settings/MaintenanceForm";
import { PublicFacts } from "./settings/PublicFacts";
import { Sweep } from "./settings/Sweep";
import "../styles/system.css";

/** How long silence is borne and things are kept, and what the environment decided. */
export function Settings() {
  const { t } = useTranslation();
  const settings = useMaintenance();
  useRefetchOn(MAINTENANCE_KEY, MAINTENANCE_EVENTS);
  return (
    <div className="page">
      <PageHeader title={t("nav.settings")}>
        <span className="faint">{t("settings.intro")}</span>
      </PageHeader>
      <div className="columns">
        <div className="columns__main">
          {settings.isPending && <PageSkeleton />}
          {settings.data === undefined && settings.error !== null && <FailureState error={settings.error} retry={() => void settings.refetch()} />}
          {settings.data !== undefined && <MaintenanceForm state={settings.data} />}
        </div>
        <div className="columns__side">
          <Sweep />
          <PublicFacts />
        </div>
      </div>
    </div>
  );
}
