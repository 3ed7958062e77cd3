import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Absent } from "../components/Absent";
import { ActionScope } from "../components/action/ActionScope";
import { useBack } from "../components/back";
import { OutputPane } from "../components/output/OutputPane";
import { Panel } from "../components/Panel";
import { hasActions } from "../components/result/resultAction";
import { isFinished } from "../components/states";
import { ViewSkeleton } from "../components/ViewSkeleton";
import { useGone, useReady, useRow, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { CommandDetailRow } from "../wire/frames";
import { actionPanel } from ".";
import { Trail } from "./audit/Trail";
import { CommandHeader } from "./command/CommandHeader";
import { CommandProgress } from "./command/CommandProgress";
import { CommandResult } from "./command/CommandResult";
import { ListAgain } from "./command/ListAgain";
import { OneTimeKey } from "./command/OneTimeKey";
import { PayloadPanel } from "./command/PayloadPanel";
import { Timeline } from "./command/Timeline";
import "../styles/commandPage.css";

/** One command from its creation to its result, as it happens. */
export function Command() {
  const { commandId = "" } = useParams();
  const store = useView(`command:${commandId}`);
  useEffect(() => void actionPanel().catch(() => undefined), []);
  return (
    <div className="page" key={commandId}>
      <CommandBody store={store} commandId={commandId} />
    </div>
  );
}

function CommandBody({ store, commandId }: { store: ViewStore; commandId: string }) {
  const { t } = useTranslation();
  const ready = useReady(store);
  const gone = useGone(store);
  const command = useRow(store, commandId, "commandDetail");
  const list = { to: "/commands", label: t("notFound.commands") };
  if (gone === "forbidden") return <Absent title={t("command.forbidden")} list={list} forbidden />;
  if (gone !== null || (ready && command === undefined)) return <Absent title={t("command.notFound")} hint={t("command.notFoundHint")} list={list} />;
  if (command === undefined) return <ViewSkeleton rows={10} />;
  return <CommandParts store={store} command={command} />;
}

/** The buttons of a result open actions of the service it came from; commands they start lead back here. */
function CommandParts({ store, command }: { store: ViewStore; command: CommandDetailRow }) {
  const { t } = useTranslation();
  const service = useRow(useView(`service:${command.serviceId}`), command.serviceId, "serviceDetail");
  const before = useBack({ to: "/commands", label: t("nav.commands") });
  const here = { to: `/commands/${command.id}`, label: command.actionLabel, back: before };
  const finished = isFinished(command.status);
  const source = command.result !== null && hasActions(command.result.data) ? command.id : undefined;
  return (
    <ActionScope service={service} back={here} source={source}>
      {(open) => (
        <>
          <CommandHeader command={command} service={service} open={open} passage={{ back: here }} parent={before} />
          <Timeline command={command} />
          {!finished && <CommandProgress command={command} />}
          {finished && service !== undefined && <ListAgain command={command} service={service} open={open} />}
          <OneTimeKey command={command} />
          {finished && <CommandResult command={command} />}
          <OutputPane store={store} command={command} />
          <PayloadPanel payload={command.payload} />
          <Panel title={t("command.trail")} flush>
            <Trail targetId={command.id} />
          </Panel>
        </>
      )}
    </ActionScope>
  );
}
