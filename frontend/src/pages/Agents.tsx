import { useTranslation } from "react-i18next";
import { FleetList } from "../components/list/FleetList";
import { PageHeader } from "../components/PageHeader";
import { selectAgents } from "../store/fleetLists";
import { AgentPreview } from "./agents/AgentPreview";
import { useAgentChoices } from "./agents/choices";
import { useAgentColumns } from "./agents/columns";
import { FleetEmpty } from "./FleetEmpty";

/** Every agent there is, and whether it is there. */
export function Agents() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageHeader title={t("nav.agents")} />
      <FleetList
        kind="agent"
        list="agents"
        label={t("nav.agents")}
        searchHint={t("fleet.searchAgents")}
        columns={useAgentColumns()}
        select={selectAgents}
        useChoices={useAgentChoices}
        empty={<FleetEmpty />}
        drawer={(preview, ids) => <AgentPreview preview={preview} ids={ids} />}
      />
    </div>
  );
}
