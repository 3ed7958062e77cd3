import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../../api/session";
import { DangerMark } from "../../components/action/DangerMark";
import { useBack } from "../../components/back";
import { CopyButton } from "../../components/CopyButton";
import { LinkButton } from "../../components/LinkButton";
import { PageHeader } from "../../components/PageHeader";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { sameList } from "../../store/derived";
import { useDerived } from "../../store/hooks";
import { failedServices, unreachedServices } from "../../store/runs";
import type { ViewStore } from "../../store/viewStore";
import type { RunRow } from "../../wire/frames";
import { StopRun } from "./StopRun";

export function RunHeader({ store, run }: { store: ViewStore; run: RunRow }) {
  const { t } = useTranslation();
  const back = useBack({ to: "/runs", label: t("nav.runs") });
  return (
    <PageHeader
      title={t("runs.title", { action: run.actionLabel, count: run.total })}
      parent={back}
      tag={<StatusTag kind="run" state={run.status} large />}
      actions={<Buttons store={store} run={run} />}
    >
      <code>{run.actionName}</code>
      <DangerMark level={run.dangerLevel} />
      <span>
        {t("command.by", { name: run.createdBy ?? t("command.system") })} · <RelativeTime at={run.createdAt} />
      </span>
      {run.selector !== null && <code className="break">{run.selector}</code>}
      <span>{t("runs.atOnce", { count: run.concurrency })}</span>
      {run.stopAfterFailures !== null && <span>{t("runs.stopsAfter", { count: run.stopAfterFailures })}</span>}
      <Link to={`/audit?targetId=${run.id}`}>{t("runs.audit")}</Link>
    </PageHeader>
  );
}

function Buttons({ store, run }: { store: ViewStore; run: RunRow }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  return (
    <div className="run-buttons">
      <CopyButton text={() => window.location.href} label={t("runs.copyLink")} />
      {mayOperate && run.status === "RUNNING" && <StopRun run={run} />}
      {mayOperate && run.status !== "RUNNING" && <Again store={store} run={run} />}
    </div>
  );
}

/** The same action where it failed, or was not begun; what was typed is not kept, as it may hold secrets. */
function Again({ store, run }: { store: ViewStore; run: RunRow }) {
  const { t } = useTranslation();
  const failed = useDerived(store, failedServices, sameList);
  const unreached = useDerived(store, unreachedServices, sameList);
  return (
    <>
      {unreached.length > 0 && <LinkButton to={newRunPath(unreached, run.actionName)}>{t("runs.goOn", { count: unreached.length })}</LinkButton>}
      {failed.length > 0 && <LinkButton to={newRunPath(failed, run.actionName)}>{t("runs.again", { count: failed.length })}</LinkButton>}
    </>
  );
}

function newRunPath(services: readonly string[], action: string): string {
  return `/runs/new?${new URLSearchParams({ services: services.join(","), action }).toString()}`;
}
