import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePrepared } from "../../api/actions";
import { asApiError } from "../../api/errors";
import type { PreparedAction } from "../../api/types";
import type { ActionBody, ServiceDetailRow } from "../../wire/frames";
import type { Passage } from "../back";
import { ErrorNote } from "../ErrorNote";
import { formatDuration } from "../format";
import { isRecord } from "../json";
import { ResultDetail } from "../result/ResultDetail";
import type { OpenAction } from "../result/resultAction";
import { ActionForm } from "./ActionForm";
import { besideFields } from "./issues";
import { formChange, withoutBlanks, withoutRemoved } from "./payload";
import { PrepareNote } from "./PrepareNote";
import { formSchema } from "./schema";
import { TypedNote } from "./TypedNote";
import { useRun } from "./useRun";
import { useTyped } from "./useTyped";

type Payload = Record<string, unknown>;

interface PanelProps {
  service: ServiceDetailRow;
  action: ActionBody;
  opened: OpenAction;
  passage: Passage;
}

/**
 * The form of an action: at once from the catalogue, and refreshed when the service has answered.
 * What the person has typed by then stays; what a result gave along lies over what the service offers.
 */
export function ActionPanel({ service, action, opened, passage }: PanelProps) {
  const prepared = usePrepared(service.id, action.name, true);
  // What the form is refreshed from is what it was when it was opened.
  const [first] = useState(action.inputSchema);
  const shown = useMemo(() => refreshed(action, prepared.data), [action, prepared.data]);
  const run = useRun(service, shown, opened, passage);
  const initial = useInitial(shown.inputSchema, prepared.data?.initialPayload, opened.overlay);
  const { payload, type, isBack } = useTyped(`${service.id} ${JSON.stringify(opened)}`, shown.inputSchema, initial);
  const change = useMemo(() => (prepared.isSuccess ? formChange(first, shown.inputSchema) : null), [prepared.isSuccess, first, shown]);
  const detail = prepared.data?.currentState.detail;
  const issues = useMemo(() => asApiError(run.error).issues, [run.error]);
  const edit = (next: Payload): void => {
    type(next);
    run.forget();
  };
  return (
    <div className="action-panel">
      {shown.description !== null && <p className="lead">{shown.description}</p>}
      <PrepareNote query={prepared} change={change} />
      {opened.detail !== null && <ResultDetail detail={opened.detail} />}
      {isRecord(detail) && <ResultDetail detail={detail} />}
      {isBack && <TypedNote />}
      <ActionForm
        schema={shown.inputSchema}
        payload={payload}
        onChange={edit}
        onSubmit={(filled) => run.start(withoutRemoved(filled, first, shown.inputSchema))}
        busy={run.busy}
        danger={action.dangerLevel === "HIGH"}
        issues={issues}
      />
      {run.error !== null && <ErrorNote error={run.error} issues={besideFields(issues, formSchema(shown.inputSchema))} />}
      <ActionLimits action={action} />
    </div>
  );
}

/** The action with what the service said of it now; it cannot be talked out of a confirmation. */
function refreshed(action: ActionBody, prepared: PreparedAction | undefined): ActionBody {
  const now = prepared?.action;
  if (now === undefined) return action;
  return {
    ...action,
    label: now.label,
    description: now.description ?? action.description,
    requiresConfirmation: action.requiresConfirmation || now.requiresConfirmation,
    inputSchema: isRecord(now.inputSchema) ? now.inputSchema : action.inputSchema,
  };
}

function useInitial(schema: Record<string, unknown>, offered: Payload | undefined, overlay: Payload): Payload {
  return useMemo(() => ({ ...withoutBlanks(offered ?? {}, formSchema(schema)), ...overlay }), [schema, offered, overlay]);
}

function ActionLimits({ action }: { action: ActionBody }) {
  const { t } = useTranslation();
  const limits = [
    action.timeoutSeconds === null ? null : t("action.timeout", { duration: formatDuration(action.timeoutSeconds * 1000) }),
    action.retrySafe ? t("action.retrySafe") : null,
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? null : <p className="faint">{limits.join(" · ")}</p>;
}
