import type { UseQueryResult } from "@tanstack/react-query";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { asApiError } from "../../api/errors";
import type { PreparedAction } from "../../api/types";
import { useErrorText } from "../../i18n/texts";
import { StateShape } from "../StateShape";
import type { FormChange } from "./payload";

interface NoteProps {
  query: UseQueryResult<PreparedAction>;
  /** How the form differs from the one that was shown first; null when it does not. */
  change: FormChange | null;
}

/** Tells whether the form is what the service wants right now. Keeps its height, so nothing jumps. */
export function PrepareNote({ query, change }: NoteProps) {
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
    <div className="prepare" role="status">
      <p className={`prepare__state tone-${done ? "good" : "info"}`}>
        <StateShape look={{ tone: done ? "good" : "info", shape: done ? "check" : "spin" }} size={12} />
        {t(done ? "action.prepared" : "action.preparing")}
      </p>
      {change !== null && <ChangeNote change={change} />}
    </div>
  );
}

/** What the service changed under the hands of the person; what was typed stays where its field is. */
function ChangeNote({ change }: { change: FormChange }) {
  const { t } = useTranslation();
  const parts = [
    change.added.length > 0 ? t("action.fieldsAdded", { fields: change.added.join(", ") }) : null,
    change.changed.length > 0 ? t("action.fieldsChanged", { fields: change.changed.join(", ") }) : null,
    change.removed.length > 0 ? t("action.fieldsRemoved", { fields: change.removed.join(", ") }) : null,
  ];
  return <p className="prepare__change">{parts.filter((part) => part !== null).join(" ")}</p>;
}
