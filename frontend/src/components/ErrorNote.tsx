import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { asApiError, type Issue } from "../api/errors";
import { useErrorText } from "../i18n/texts";

/** A failure beside what caused it, with its code and every complaint the server named, or those of `issues`. */
export function ErrorNote({ error, issues }: { error: unknown; issues?: readonly Issue[] }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const failure = asApiError(error);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={text(failure)}
      description={
        <>
          {(issues ?? failure.issues).map((issue) => (
            <div key={`${issue.path}:${issue.message}`}>
              <code>{issue.path}</code> {issue.message}
            </div>
          ))}
          <span className="faint">{t("common.errorCode", { code: failure.code })}</span>
        </>
      }
    />
  );
}
