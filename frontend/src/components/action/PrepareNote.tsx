import type { UseQueryResult } from "@tanstack/react-query";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { asApiError } from "../../api/errors";
import type { PreparedAction } from "../../api/types";
import { useErrorText } from "../../i18n/texts";
import { StateShape } from "../StateShape";

/** Tells whether the form is what the service wants right now. Keeps its height, so nothing jumps. */
export function PrepareNote({ query }: { query: UseQueryResult<PreparedAction> }) {
  const { t } = useTranslation();
  const text = useErrorText();
  if (query.error !== null) {
    const failure = asApiError(query.error);
    return (
      <Alert
        type="warning"
        showIcon
        title={text(failure)}
        description={`${t("action.prepareFailed")} ${t("common.errorCode", { code: failure.code })}`}
      />
    );
  }
  const done = query.isSuccess;
  return (
    <p className={`prepare tone-${done ? "good" : "info"}`} role="status">
      <StateShape look={{ tone: done ? "good" : "info", shape: done ? "check" : "spin" }} size={12} />
      {t(done ? "action.prepared" : "action.preparing")}
    </p>
  );
}
