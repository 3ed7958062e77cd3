import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useReasonText, useStateText } from "../i18n/texts";
import { RelativeTime } from "./RelativeTime";
import { StateShape } from "./StateShape";
import { connectionLook, lookOf, OUTDATED, serviceLook, type Look, type StateKind } from "./states";

interface TagProps {
  kind: StateKind;
  state: string;
  /** When it differs from the look of the state itself. */
  look?: Look;
  large?: boolean;
}

/** A state by colour, shape and word; one that changes while it is looked at lights up for a moment. */
export function StatusTag({ kind, state, look = lookOf(kind, state), large = false }: TagProps) {
  const text = useStateText();
  const [first] = useState(state);
  const shape = `tag tone-${look.tone}${large ? " tag--large" : ""}${state === first ? "" : " tag--changed"}`;
  return (
    <span className={shape} key={state}>
      <StateShape look={look} size={large ? 16 : 13} />
      {text(kind, state)}
    </span>
  );
}

interface ServiceFacts {
  status: string;
  healthStatus: string;
  connection: string;
}

/** The state of a service; one that is only remembered while its agent reconnects looks that way. */
export function ServiceTag({ service, large }: { service: ServiceFacts; large?: boolean }) {
  const degraded = service.status === "UNHEALTHY" && service.healthStatus === "DEGRADED";
  const reconnecting = service.connection === "reconnecting";
  const look = reconnecting && service.status !== "OFFLINE" ? OUTDATED : serviceLook(service);
  if (degraded) return <StatusTag kind="health" state="DEGRADED" look={look} large={large} />;
  return <StatusTag kind="service" state={service.status} look={look} large={large} />;
}

/** Why the state is what it is, and since when. */
export function StateReason({ reason, since }: { reason: string; since: string }) {
  const text = useReasonText();
  return (
    <span className="reason">
      {text(reason)}
      <span className="reason__since">
        <RelativeTime at={since} />
      </span>
    </span>
  );
}

/** The connection of an agent, when it is worth a word. */
export function ConnectionTag({ connection }: { connection: string }) {
  const { t } = useTranslation();
  const known = ["connected", "reconnecting", "polling", "none"] as const;
  const state = known.find((one) => one === connection) ?? "none";
  const look = connectionLook(connection);
  return (
    <span className={`connection tone-${look.tone}`}>
      <StateShape look={look} size={11} />
      {t(`connection.${state}`)}
    </span>
  );
}
