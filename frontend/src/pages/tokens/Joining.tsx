import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { RegistrationToken } from "../../api/types";
import { usePassage } from "../../components/back";
import { RelativeTime } from "../../components/RelativeTime";
import { StateShape } from "../../components/StateShape";
import type { Look } from "../../components/states";
import { useDerived, useRow, useView } from "../../store/hooks";
import { joining, servicesOf, type Step, type StepState } from "./joining";

const LOOKS: Record<StepState, Look> = {
  done: { tone: "good", shape: "check" },
  waiting: { tone: "info", shape: "spin" },
  ahead: { tone: "idle", shape: "dots" },
  over: { tone: "bad", shape: "slash" },
};

/** How far the newest agent of a token has come, live, and the way to it. */
export function Joining({ token }: { token: RegistrationToken }) {
  const { t } = useTranslation();
  const fleet = useView("fleet");
  const agent = useRow(fleet, token.agentId ?? "", "agent");
  const services = useDerived(fleet, useMemo(() => servicesOf(token.agentId), [token.agentId]));
  const passage = usePassage(t("nav.tokens"));
  return (
    <>
      <ol className="joining" aria-live="polite">
        {joining(token, agent, services).map((step) => (
          <li key={step.name} className={`joining__step joining__step--${step.state}`}>
            <StateShape look={LOOKS[step.state]} size={18} />
            <span>
              <StepText step={step} services={services} token={token} />
              <StepTime step={step} token={token} />
            </span>
          </li>
        ))}
      </ol>
      {token.agentId !== null && (
        <Link to={`/agents/${token.agentId}`} state={passage}>
          {t("tokens.openAgent", { name: agent?.name ?? agent?.code ?? token.agentId })}
        </Link>
      )}
    </>
  );
}

function StepText({ step: { name, state }, services, token }: { step: Step; services: number; token: RegistrationToken }) {
  const { t } = useTranslation();
  if (name === "made") return t("tokens.stepMade");
  if (name === "connected") return state === "done" ? t("tokens.stepConnected") : t("tokens.stepConnecting");
  if (name === "reported") return state === "done" ? t("tokens.stepReported", { count: services }) : t("tokens.stepReporting");
  if (state === "done") return t("tokens.stepRegistered");
  if (state === "waiting") return t("tokens.stepRegistering");
  return token.status === "REVOKED" ? t("tokens.stepRevoked") : t("tokens.stepExpired");
}

function StepTime({ step, token }: { step: Step; token: RegistrationToken }) {
  const at = step.name === "made" ? token.createdAt : step.name === "registered" ? token.usedAt : null;
  if (at === null) return null;
  return (
    <span className="faint">
      {" "}
      <RelativeTime at={at} />
    </span>
  );
}
