import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { isEmpty } from "../../components/json";
import { Panel } from "../../components/Panel";
import { useBack } from "../../components/back";
import { ActionScope } from "../../components/action/ActionScope";
import { hasActions } from "../../components/result/resultAction";
import { ResultView } from "../../components/result/ResultView";
import { useRow, useView } from "../../store/hooks";
import { JsonView } from "../../components/JsonView";
import type { CommandDetailRow } from "../../wire/frames";

/** Codes whose meaning has to be said, because the operator must act differently. */
const EXPLAINED = {
  OUTCOME_UNKNOWN: "command.outcomeUnknown",
  CANCEL_UNCONFIRMED: "command.cancelUnconfirmed",
} as const;

/** The outcome: why it failed, what it said, what it returned. */
export function CommandResult({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const { result } = command;
  const shown = result !== null && (result.success || !isEmpty(result.data));
  return (
    <>
      <FailureNote command={command} />
      {shown && (
        <Panel title={t("command.result")}>
          {result.message !== null && result.success && <p className="lead">{result.message}</p>}
          {hasActions(result.data) ? <ResultWithActions command={command} data={result.data} /> : <ResultView data={result.data} />}
        </Panel>
      )}
    </>
  );
}

/** The buttons of a result open actions of the service it came from; commands they start lead back here. */
function ResultWithActions({ command, data }: { command: CommandDetailRow; data: Record<string, unknown> }) {
  const { t } = useTranslation();
  const service = useRow(useView(`service:${command.serviceId}`), command.serviceId, "serviceDetail");
  const before = useBack({ to: "/commands", label: t("nav.commands") });
  return (
    <ActionScope service={service} back={{ to: `/commands/${command.id}`, label: command.actionLabel, back: before }}>
      {() => <ResultView data={data} />}
    </ActionScope>
  );
}

function FailureNote({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const { errorCode, errorMessage, result, status } = command;
  if (status === "SUCCEEDED" || errorCode === null) return null;
  const explained = Object.entries(EXPLAINED).find(([code]) => code === errorCode)?.[1];
  const details = result?.error.details;
  return (
    <Alert
      className="failure"
      showIcon
      type={status === "FAILED" ? "error" : "warning"}
      title={errorMessage ?? errorCode}
      description={
        <>
          {explained !== undefined && <p>{t(explained)}</p>}
          <span className="faint">{t("common.errorCode", { code: errorCode })}</span>
          {typeof details === "object" && details !== null && !isEmpty({ ...details }) && <JsonView value={details} />}
        </>
      }
    />
  );
}
