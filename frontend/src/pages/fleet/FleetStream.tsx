import { Button } from "antd";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "../../components/back";
import { Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { agentGroupLook, serviceGroupLook } from "../../components/serviceGroups";
import { StateShape } from "../../components/StateShape";
import { lookOf, type Look } from "../../components/states";
import { useReasonText } from "../../i18n/texts";
import type { AgentGroup, ServiceGroup } from "../../store/fleet";
import type { Entry } from "../../store/stream";
import type { ViewStore } from "../../store/viewStore";
import { useHappening } from "./happening";
import { useStream } from "./useStream";

/** What happens, as it happens; held when somebody wants to read in peace. */
export function FleetStream({ store, commands }: { store: ViewStore; commands: ViewStore }) {
  const { t } = useTranslation();
  const entries = useStream(store, commands);
  const [held, setHeld] = useState<readonly Entry[] | null>(null);
  const toggle = () => setHeld(held === null ? entries : null);
  return (
    <Panel title={t("fleet.stream")} extra={<Pause held={held} entries={entries} toggle={toggle} />} flush>
      <ol className="stream" tabIndex={0} aria-label={t("fleet.stream")}>
        {(held ?? entries).map((entry) => (
          <StreamLine key={entry.id} entry={entry} />
        ))}
      </ol>
      {entries.length === 0 && <p className="stream__none faint">{t("fleet.streamEmpty")}</p>}
    </Panel>
  );
}

function Pause({ held, entries, toggle }: { held: readonly Entry[] | null; entries: readonly Entry[]; toggle: () => void }) {
  const { t } = useTranslation();
  const fresh = held === null ? 0 : entries.filter((entry) => !held.includes(entry)).length;
  return (
    <span className="stream__pause">
      {fresh > 0 && <span className="faint numbers">{t("fleet.held", { count: fresh })}</span>}
      <Button size="small" onClick={toggle} disabled={entries.length === 0}>
        {held === null ? t("fleet.pause") : t("fleet.resume")}
      </Button>
    </span>
  );
}

const StreamLine = memo(function StreamLine({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const reason = useReasonText();
  const state = usePassage(t("nav.fleet"));
  const look = lookOfEntry(entry);
  const happened = useHappening(entry);
  const why = entry.word ?? (entry.reason === null ? null : reason(entry.reason));
  return (
    <li>
      <Link className={`stream__line tone-${look.tone}`} to={addressOf(entry)} state={state}>
        <StateShape look={look} size={14} />
        <span className="stream__text">
          <strong>{entry.name}</strong> {happened}
          {why !== null && entry.others === 0 && <span className="stream__reason">: {why}</span>}
        </span>
        <span className="stream__time">
          <RelativeTime at={new Date(entry.at).toISOString()} />
        </span>
      </Link>
    </li>
  );
});

function lookOfEntry({ kind, state }: Entry): Look {
  if (kind === "command") return lookOf("command", state);
  return kind === "agent" ? agentGroupLook(state as AgentGroup) : serviceGroupLook(state as ServiceGroup);
}

/** The page of what it happened to; of several the list of all that are in this state. */
function addressOf({ kind, subject, state, others }: Entry): string {
  const list = `/${kind}s`;
  return others > 0 ? `${list}?state=${state}` : `${list}/${subject}`;
}
