import { Progress } from "antd";
import { useTranslation } from "react-i18next";
import type { CommandDetailRow } from "../../wire/frames";

/** How far a command is; without a number, that it goes on. */
export function CommandProgress({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const { percent, progressMessage, status } = command;
  if (status === "PENDING") return <p className="lead faint">{t("command.waitingAgent")}</p>;
  return (
    <div className="progress" role="group" aria-label={t("command.progress")}>
      {percent === null ? <div className="progress__unknown" /> : <Progress percent={Math.round(percent)} status="active" />}
      <span className="progress__message">{progressMessage ?? ""}</span>
    </div>
  );
}
