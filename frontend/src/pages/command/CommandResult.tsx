import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { isEmpty } from "../../components/json";
import { JsonView } from "../../components/JsonView";
import { Panel } from "../../components/Panel";
import { ResultView } from "../../components/result/ResultView";
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
          <ResultView data={result.data} />
        </Panel>
      )}
    </>
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
