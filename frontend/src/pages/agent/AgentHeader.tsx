import { useTranslation } from "react-i18next";
import { useBack } from "../../components/back";
import { PageHeader } from "../../components/PageHeader";
import { RetiredNote } from "../../components/RetiredNote";
import { OUTDATED } from "../../components/states";
import { ConnectionTag, StateReason, StatusTag } from "../../components/StatusTag";
import type { AgentRow } from "../../wire/frames";

export function AgentHeader({ agent }: { agent: AgentRow }) {
  const { t } = useTranslation();
  const back = useBack({ to: "/agents", label: t("nav.agents") });
  const look = agent.connection === "reconnecting" ? OUTDATED : undefined;
  return (
    <>
      <PageHeader
        title={agent.name ?? agent.code}
        parent={back}
        tag={<StatusTag kind="agent" state={agent.status} look={look} large />}
      >
        <StateReason reason={agent.statusReason} since={agent.statusSince} />
        <ConnectionTag connection={agent.connection} />
        <code className="faint">{agent.code}</code>
      </PageHeader>
      <RetiredNote at={agent.retiredAt} text={t("agents.pageRetiredHint")} />
    </>
  );
}
