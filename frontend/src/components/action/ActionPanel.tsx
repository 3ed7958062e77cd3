import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useExecute, usePrepared } from "../../api/actions";
import { newKey } from "../../api/idempotency";
import type { ActionBody, ServiceDetailRow } from "../../wire/frames";
import type { Back } from "../back";
import { ErrorNote } from "../ErrorNote";
import { formatDuration } from "../format";
import { isRecord } from "../json";
import { ResultDetail } from "../result/ResultDetail";
import type { OpenAction } from "../result/resultAction";
import { ActionForm } from "./ActionForm";
import { useConfirmation } from "./Confirmation";
import { PrepareNote } from "./PrepareNote";

type Payload = Record<string, unknown>;

interface PanelProps {
  service: ServiceDetailRow;
  action: ActionBody;
  opened: OpenAction;
  back: Back;
}

/**
 * The form of an action: at once from the catalogue, and refreshed when the service has answered.
 * What the person has typed by then stays; what a result gave along lies over what the service offers.
 */
export function ActionPanel({ service, action, opened, back }: PanelProps) {
  const prepared = usePrepared(service.id, action.name, true);
  const [typed, setTyped] = useState<Payload | null>(null);
  const run = useRun(service, action, back);
  const shown = prepared.data?.action ?? action;
  const offered = prepared.data?.initialPayload;
  const initial = useMemo(() => ({ ...offered, ...opened.overlay }), [offered, opened.overlay]);
  const detail = prepared.data?.currentState.detail;
  return (
    <div className="action-panel">
      {shown.description !== null && shown.description !== undefined && <p className="lead">{shown.description}</p>}
      <PrepareNote query={prepared} />
      {opened.detail !== null && <ResultDetail detail={opened.detail} />}
      {isRecord(detail) && <ResultDetail detail={detail} />}
      <ActionForm
        schema={shown.inputSchema}
        payload={typed ?? initial}
        onChange={setTyped}
        onSubmit={run.start}
        busy={run.busy}
        danger={action.dangerLevel === "HIGH"}
      />
      {run.error !== null && <ErrorNote error={run.error} />}
      <ActionLimits action={action} />
    </div>
  );
}

function ActionLimits({ action }: { action: ActionBody }) {
  const { t } = useTranslation();
  const limits = [
    action.timeoutSeconds === null ? null : t("action.timeout", { duration: formatDuration(action.timeoutSeconds * 1000) }),
    action.retrySafe ? t("action.retrySafe") : null,
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? null : <p className="faint">{limits.join(" · ")}</p>;
}

/** Confirms where that is asked for, starts the command and goes to its page, from which `back` leads back. */
function useRun(service: ServiceDetailRow, action: ActionBody, back: Back) {
  const navigate = useNavigate();
  const execute = useExecute(service.id, action.name);
  const confirm = useConfirmation(service, action);
  const [key] = useState(() => newKey());
  const start = async (payload: Payload): Promise<void> => {
    const confirmed = await confirm();
    if (confirmed === null) return;
    execute.mutate(
      { payload, confirmation: confirmed, key },
      { onSuccess: (command) => void navigate(`/commands/${command.id}`, { state: { back } }) },
    );
  };
  return { start, busy: execute.isPending, error: execute.error };
}
