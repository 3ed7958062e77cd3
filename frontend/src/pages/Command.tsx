import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { EmptyState } from "../components/EmptyState";
import { OutputPane } from "../components/OutputPane";
import { PageSkeleton } from "../components/PageSkeleton";
import { isFinished } from "../components/states";
import { useGone, useReady, useRow, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { CommandDetailRow } from "../wire/frames";
import { CommandHeader } from "./command/CommandHeader";
import { CommandProgress } from "./command/CommandProgress";
import { CommandResult } from "./command/CommandResult";
import { PayloadPanel } from "./command/PayloadPanel";
import { Timeline } from "./command/Timeline";

/** One command from its creation to its result, as it happens. */
export function Command() {
  const { commandId = "" } = useParams();
  const store = useView(`command:${commandId}`);
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
  const list = <Link to="/commands">{t("notFound.commands")}</Link>;
  if (gone === "forbidden") return <EmptyState title={t("command.forbidden")} look={{ tone: "idle", shape: "slash" }}>{list}</EmptyState>;
  if (gone !== null || (ready && command === undefined)) {
    return (
      <EmptyState title={t("command.notFound")} hint={t("command.notFoundHint")} look={{ tone: "idle", shape: "question" }}>
        {list}
      </EmptyState>
    );
  }
  if (command === undefined) return <PageSkeleton rows={10} />;
  return <CommandParts store={store} command={command} />;
}

function CommandParts({ store, command }: { store: ViewStore; command: CommandDetailRow }) {
  const finished = isFinished(command.status);
  return (
    <>
      <CommandHeader command={command} />
      <Timeline command={command} />
      {!finished && <CommandProgress command={command} />}
      {finished && <CommandResult command={command} />}
      <OutputPane store={store} finished={finished} />
      <PayloadPanel payload={command.payload} />
    </>
  );
}
