import { Alert } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { asApiError } from "../api/errors";
import { newKey } from "../api/idempotency";
import { useStartRun } from "../api/runs";
import { asDanger } from "../components/action/DangerMark";
import { useAsk } from "../components/action/useAsk";
import { useTyped } from "../components/action/useTyped";
import { useBack } from "../components/back";
import { ErrorNote } from "../components/ErrorNote";
import { Needs } from "../components/Forbidden";
import { asText } from "../components/json";
import { PageHeader } from "../components/PageHeader";
import type { RunActionBody, RunPreviewBody } from "../wire/frames";
import { ActionStep } from "./runs/ActionStep";
import { aimOf, type Draft } from "./runs/draft";
import { PreviewStep } from "./runs/PreviewStep";
import { Targets } from "./runs/Targets";
import { useDraft } from "./runs/useDraft";
import { usePreview } from "./runs/usePreview";
import "../styles/runs.css";

/** One action on many services: whom, what, and a look at it before it is done. */
export function NewRun() {
  const { t } = useTranslation();
  const back = useBack({ to: "/runs", label: t("nav.runs") });
  return (
    <div className="page">
      <PageHeader title={t("runs.new")} parent={back}>
        <span className="faint">{t("runs.newIntro")}</span>
      </PageHeader>
      <Needs capability="operate">
        <Steps />
      </Needs>
    </div>
  );
}

type Payload = Record<string, unknown>;

function Steps() {
  const [draft, change] = useDraft();
  const asked = usePreview(draft);
  const preview = aimOf(draft) === null ? undefined : asked.data;
  const start = useStart(draft, preview);
  const { payload, type, isBack } = useTyped(`run ${draft.action}`, preview?.action?.inputSchema, NOTHING);
  return (
    <>
      <Targets draft={draft} change={change} preview={preview} error={asked.error} />
      <ActionStep
        draft={draft}
        change={change}
        preview={preview}
        payload={payload}
        type={type}
        isBack={isBack}
        submit={start.submit}
        busy={start.busy}
      />
      {asked.error !== null && !isAboutSelector(asked.error) && <ErrorNote error={asked.error} />}
      {preview !== undefined && asked.error === null && (
        <PreviewStep preview={preview} action={draft.action} danger={start.danger} busy={start.busy} outdated={asked.isPlaceholderData} />
      )}
      {start.error !== null && <StartFailure error={start.error} />}
    </>
  );
}

const NOTHING: Payload = {};

/** Such a complaint stands at its field. */
function isAboutSelector(error: unknown): boolean {
  return asApiError(error).issues.some(({ path }) => path === "selector");
}

/** Asks whether it is meant, starts the run and goes to its page. */
function useStart(draft: Draft, preview: RunPreviewBody | undefined) {
  const navigate = useNavigate();
  const run = useStartRun();
  const confirm = useConfirmRun();
  const keyOf = useKeys();
  const action = preview?.actions.find(({ name }) => name === draft.action);
  const submit = async (payload: Payload): Promise<void> => {
    const aim = aimOf(draft);
    if (action === undefined || preview === undefined || aim === null) return;
    if (!(await confirm(action, preview.ready, draft.concurrency))) return;
    const wanted = { aim, actionName: action.name, payload, confirmation: true, concurrency: draft.concurrency, stopAfterFailures: draft.stopAfter };
    run.mutate({ ...wanted, key: keyOf(wanted) }, { onSuccess: ({ id }) => void navigate(`/runs/${id}`) });
  };
  const danger = action !== undefined && asDanger(action.dangerLevel) === "HIGH";
  return { submit, danger, busy: run.isPending, error: run.error };
}

/** Asks before anything is done to many services: to so many, and so many of them at once. */
function useConfirmRun(): (action: RunActionBody, count: number, concurrency: number) => Promise<boolean> {
  const { t } = useTranslation();
  const ask = useAsk();
  return ({ name, label, dangerLevel }, count, concurrency) =>
    ask({ title: t("runs.confirmTitle", { action: label, count }), dangerLevel, code: name, note: t("runs.atOnce", { count: concurrency }) });
}

/** The same key for the same request, so that trying again after a lost answer starts no second run. */
function useKeys(): (request: unknown) => string {
  const last = useRef({ request: "", key: "" });
  return (request) => {
    const text = JSON.stringify(request);
    if (last.current.request !== text) last.current = { request: text, key: newKey() };
    return last.current.key;
  };
}

/** A refusal that concerns one of the services names it. */
function StartFailure({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const service = asText(asApiError(error).details.serviceCode);
  return (
    <div className="stack">
      {service !== null && <Alert type="info" title={t("runs.refusedFor", { service })} />}
      <ErrorNote error={error} />
    </div>
  );
}
