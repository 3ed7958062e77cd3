import { useTranslation } from "react-i18next";
import { useReasonText } from "../i18n/texts";
import { isCurrent } from "../store/fleet";
import { useRow, useView } from "../store/hooks";
import type { AgentRow, ServiceDetailRow, ServiceRow } from "../wire/frames";
import { RelativeTime } from "./RelativeTime";
import { StateReason } from "./StatusTag";

type Service = ServiceRow | ServiceDetailRow;

/** Why a service is in its state, and since when; while its agent reconnects, since when it is lost. */
export function ServiceReason({ service }: { service: Service }) {
  const agent = useAgent(service);
  const speaker = service.connection === "reconnecting" && agent !== undefined ? agent : service;
  return <StateReason reason={speaker.statusReason} since={speaker.statusSince} />;
}

/** What the service says; of one that cannot speak for itself, what its agent last did or the service last said. */
export function ServiceWord({ service }: { service: Service }) {
  const { t } = useTranslation();
  const reason = useReasonText();
  const agent = useAgent(service);
  const said = service.healthMessage ?? reason(service.statusReason);
  if (isCurrent(service)) return <>{service.healthMessage}</>;
  if (service.connection === "reconnecting") return <>{t("service.lastSaid", { message: said })}</>;
  if (agent === undefined) return null;
  return (
    <>
      {reason(agent.statusReason)}
      {agent.lastHeartbeatAt !== null && (
        <>
          {" · "}
          {t("fleet.lastHeard")} <RelativeTime at={agent.lastHeartbeatAt} />
        </>
      )}
    </>
  );
}

function useAgent({ agentId }: Service): AgentRow | undefined {
  return useRow(useView("fleet"), agentId, "agent");
}
