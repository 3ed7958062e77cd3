import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useAgent } from "../api/agents";
import { asApiError } from "../api/errors";
import { Absent } from "../components/Absent";
import { FailureState } from "../components/EmptyState";
import { ViewSkeleton } from "../components/ViewSkeleton";
import { AgentHeader } from "./agent/AgentHeader";
import { AgentTabs } from "./agent/AgentTabs";
import "../styles/detail.css";

/** One agent: where it runs, what it speaks for, and what can be done about it. */
export function Agent() {
  const { agentId = "" } = useParams();
  return (
    <div className="page" key={agentId}>
      <AgentBody agentId={agentId} />
    </div>
  );
}

function AgentBody({ agentId }: { agentId: string }) {
  const { agent, error, retry } = useAgent(agentId);
  const name = agent?.name ?? agent?.code;
  const [known, setKnown] = useState(name);
  if (name !== undefined && name !== known) setKnown(name);
  if (error !== null) return <AgentAbsent error={error} known={known} retry={retry} />;
  if (agent === undefined) return <ViewSkeleton rows={12} />;
  return (
    <>
      <AgentHeader agent={agent} />
      <AgentTabs agent={agent} />
    </>
  );
}

/** `known`: the name it had when it was still there. */
function AgentAbsent({ error, known, retry }: { error: Error; known: string | undefined; retry: () => void }) {
  const { t } = useTranslation();
  const { status } = asApiError(error);
  const list = { to: "/agents", label: t("agents.pageAll") };
  if (status === 403) return <Absent title={t("agents.pageForbidden")} list={list} forbidden />;
  if (status !== 404) return <FailureState error={error} retry={retry} />;
  if (known !== undefined) return <Absent title={t("agents.pageDeleted", { name: known })} hint={t("service.deletedHint")} list={list} />;
  return <Absent title={t("agents.pageNotFound")} hint={t("service.notFoundHint")} list={list} />;
}
