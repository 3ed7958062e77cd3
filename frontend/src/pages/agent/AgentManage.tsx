import { useTranslation } from "react-i18next";
import { useAgentCalls } from "../../api/agents";
import { useMay } from "../../api/session";
import { Manage, type Operation } from "../../components/Manage";
import type { AgentRow } from "../../wire/frames";

interface ManageProps {
  agent: AgentRow;
  /** How many services it speaks for. */
  services: number;
}

/** What can be done about the agent as it is now; shown to whom the role allows it. */
export function AgentManage({ agent, services }: ManageProps) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const { disable, enable, rotate, revoke, retire, remove } = useOperations(agent, services);
  if (!mayOperate) return null;
  const inUse = agent.status === "DISABLED" ? [enable, rotate, revoke, retire] : [rotate, disable, revoke, retire];
  const shutOut = agent.retiredAt === null ? [retire, remove] : [remove];
  return <Manage title={t("agents.pageManage")} operations={agent.status === "REVOKED" ? shutOut : inUse} />;
}

type Name = "disable" | "enable" | "rotate" | "revoke" | "retire" | "remove";

function useOperations(agent: AgentRow, services: number): Record<Name, Operation> {
  const calls = useAgentCalls(agent.id);
  const texts = useOperationTexts(agent, services);
  const made = (key: Name, danger: boolean): Operation => ({ key, danger, run: calls[key], ...texts[key] });
  return {
    disable: made("disable", true),
    enable: made("enable", false),
    rotate: made("rotate", false),
    revoke: made("revoke", true),
    retire: made("retire", true),
    remove: { ...made("remove", true), typing: agent.code, blocked: useBlocked(agent) },
  };
}

function useBlocked({ connection }: AgentRow): string | undefined {
  const { t } = useTranslation();
  return connection === "none" ? undefined : t("agents.pageDeleteBlocked");
}

type Texts = Pick<Operation, "label" | "effect" | "question" | "done">;

function useOperationTexts(agent: AgentRow, services: number): Record<Name, Texts> {
  const { t } = useTranslation();
  const name = agent.name ?? agent.code;
  return {
    disable: { label: t("agents.pageDisable"), effect: t("agents.pageDisableEffect"), question: t("agents.pageDisableAsk", { name }), done: t("agents.pageDisableDone", { name }) },
    enable: { label: t("agents.pageEnable"), effect: t("agents.pageEnableEffect"), question: t("agents.pageEnableAsk", { name }), done: t("agents.pageEnableDone", { name }) },
    rotate: { label: t("agents.pageRotate"), effect: t("agents.pageRotateEffect"), question: t("agents.pageRotateAsk", { name }), done: t("agents.pageRotateDone", { name }) },
    revoke: { label: t("agents.pageRevoke"), effect: t("agents.pageRevokeEffect"), question: t("agents.pageRevokeAsk", { name }), done: t("agents.pageRevokeDone", { name }) },
    retire: { label: t("agents.pageRetire"), effect: t("agents.pageRetireEffect", { count: services }), question: t("agents.pageRetireAsk", { name }), done: t("agents.pageRetireDone", { name }) },
    remove: { label: t("agents.pageDelete"), effect: t("agents.pageDeleteEffect"), question: t("agents.pageDeleteAsk", { name }), done: t("agents.pageDeleteDone", { name }) },
  };
}
