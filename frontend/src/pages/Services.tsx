import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/session";
import { FleetList } from "../components/list/FleetList";
import { PageHeader } from "../components/PageHeader";
import { selectServices } from "../store/fleetLists";
import { Selection } from "../store/selection";
import { FleetEmpty } from "./FleetEmpty";
import { useServiceChoices } from "./services/choices";
import { useServiceColumns } from "./services/columns";
import { ServicePreview } from "./services/ServicePreview";

/** Every service there is, to find, to compare and to act on. */
export function Services() {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const [selection] = useState(() => new Selection());
  return (
    <div className="page">
      <PageHeader title={t("nav.services")} />
      <FleetList
        kind="service"
        list="services"
        label={t("nav.services")}
        searchHint={t("fleet.searchServices")}
        columns={useServiceColumns()}
        select={selectServices}
        useChoices={useServiceChoices}
        selection={mayOperate ? selection : undefined}
        empty={<FleetEmpty />}
        drawer={(preview, ids) => <ServicePreview preview={preview} ids={ids} />}
      />
    </div>
  );
}
