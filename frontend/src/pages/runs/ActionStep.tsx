import { Alert, InputNumber, Radio } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { actionForm } from "..";
import { MOST_TARGETS } from "../../api/runs";
import { DangerMark } from "../../components/action/DangerMark";
import { TypedNote } from "../../components/action/TypedNote";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import type { RunActionBody, RunPreviewBody } from "../../wire/frames";
import { choices } from "./actions";
import { MOST_CONCURRENCY, USUAL_CONCURRENCY, type Draft } from "./draft";
import type { ChangeDraft } from "./useDraft";

const ActionForm = lazy(actionForm);

/** A button outside submits the form by this id. */
export const FORM_ID = "run-form";

type Payload = Record<string, unknown>;

interface StepProps {
  draft: Draft;
  change: ChangeDraft;
  preview: RunPreviewBody | undefined;
  payload: Payload;
  type: (payload: Payload) => void;
  /** The payload was typed before the session ended. */
  isBack: boolean;
  submit: (payload: Payload) => Promise<void>;
  busy: boolean;
}

/** Step two: what is to be done, with which input and how carefully. */
export function ActionStep({ draft, change, preview, payload, type, isBack, submit, busy }: StepProps) {
  const { t } = useTranslation();
  return (
    <Panel title={t("runs.step2")}>
      {preview === undefined ? <p className="note">{t("runs.targetsFirst")}</p> : <ActionChoice preview={preview} chosen={draft.action} choose={(action) => change({ action })} />}
      {draft.action !== null && preview?.action?.name === draft.action && (
        <div className="run-form action-panel">
          {preview.action.description !== null && <p className="lead">{preview.action.description}</p>}
          {!preview.sameForm && <Alert type="warning" showIcon title={t("runs.formsDiffer")} description={t("runs.formsDifferHint")} />}
          {isBack && <TypedNote />}
          <Suspense fallback={<PageSkeleton rows={3} />}>
            <ActionForm key={draft.action} id={FORM_ID} schema={preview.action.inputSchema} payload={payload} onChange={type} onSubmit={submit} busy={busy} danger={false} />
          </Suspense>
        </div>
      )}
      <Pace draft={draft} change={change} />
    </Panel>
  );
}

interface ChoiceProps {
  preview: RunPreviewBody;
  chosen: string | null;
  choose: (action: string) => void;
}

function ActionChoice({ preview, chosen, choose }: ChoiceProps) {
  const { t } = useTranslation();
  const offered = useMemo(() => choices(preview.actions, chosen), [preview.actions, chosen]);
  if (offered.length === 0) return <p className="note">{t("runs.noActions")}</p>;
  return (
    <Radio.Group className="run-actions" value={chosen} onChange={(event) => choose(String(event.target.value))} aria-label={t("runs.colAction")}>
      {offered.map((action) => (
        <Radio key={action.name} value={action.name} className="run-actions__one">
          <ActionWords action={action} total={preview.total} />
        </Radio>
      ))}
    </Radio.Group>
  );
}

function ActionWords({ action, total }: { action: RunActionBody; total: number }) {
  const { t } = useTranslation();
  return (
    <span className="run-actions__words">
      <span className="strong">{action.label}</span>
      <code className="faint">{action.name}</code>
      <DangerMark level={action.dangerLevel} />
      <span className="faint numbers">{action.targets === total ? t("runs.offeredByAll") : t("runs.offeredBy", { count: action.targets, total })}</span>
    </span>
  );
}

/** How many at once, and how many may fail. */
function Pace({ draft, change }: Pick<StepProps, "draft" | "change">) {
  const { t } = useTranslation();
  return (
    <div className="run-pace">
      <PaceField
        id="run-concurrency"
        label={t("runs.concurrency")}
        hint={t("runs.concurrencyHint", { most: MOST_CONCURRENCY })}
        most={MOST_CONCURRENCY}
        value={draft.concurrency}
        change={(value) => change({ concurrency: value ?? USUAL_CONCURRENCY })}
      />
      <PaceField
        id="run-stop-after"
        label={t("runs.stopAfter")}
        hint={t("runs.stopAfterHint")}
        most={MOST_TARGETS}
        value={draft.stopAfter}
        change={(value) => change({ stopAfter: value })}
      />
    </div>
  );
}

interface PaceFieldProps {
  id: string;
  label: string;
  hint: string;
  most: number;
  value: number | null;
  change: (value: number | null) => void;
}

function PaceField({ id, label, hint, most, value, change }: PaceFieldProps) {
  const { t } = useTranslation();
  return (
    <div className="run-pace__one">
      <label className="strong" htmlFor={id}>
        {label}
      </label>
      <InputNumber id={id} aria-describedby={`${id}-hint`} min={1} max={most} precision={0} value={value} placeholder={t("runs.never")} onChange={change} />
      <span id={`${id}-hint`} className="faint">
        {hint}
      </span>
    </div>
  );
}
