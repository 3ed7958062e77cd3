import { Alert, Button, Input, Modal } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UseMutationResult } from "@tanstack/react-query";
import { ErrorNote } from "../ErrorNote";
import { PlusIcon } from "../icons";
import { draftsOf, LABEL_LIMITS, labelsOf, problemsOf, sameLabels, type Draft, type DraftProblem } from "./labels";

interface EditProps {
  /** What operators set so far. */
  labels: Readonly<Record<string, string>>;
  save: UseMutationResult<unknown, Error, Record<string, string>>;
  close: () => void;
}

/** All labels that operators set on a thing. They are replaced as a whole, so it says when somebody else was quicker. */
export function EditLabels({ labels, save, close }: EditProps) {
  const { t } = useTranslation();
  const { drafts, before, change, add, remove, takeOver } = useDrafts(labels);
  const problems = problemsOf(drafts);
  return (
    <Modal
      open
      title={t("service.labelsTitle")}
      okText={t("service.labelsSave")}
      okButtonProps={{ disabled: problems.size > 0, loading: save.isPending }}
      cancelText={t("common.back")}
      onOk={() => save.mutate(labelsOf(drafts), { onSuccess: close })}
      onCancel={() => [save.reset(), close()]}
    >
      <div className="stack">
        <p className="faint">{t("service.labelsHint")}</p>
        {!sameLabels(labels, before) && <ChangedMeanwhile takeOver={takeOver} />}
        {drafts.map((draft) => (
          <DraftLine key={draft.id} draft={draft} problem={problems.get(draft.id)} change={change} remove={() => remove(draft.id)} />
        ))}
        <Button icon={<PlusIcon size={14} />} disabled={drafts.length >= LABEL_LIMITS.count} onClick={add}>
          {t("service.labelsAdd")}
        </Button>
        {save.error !== null && <ErrorNote error={save.error} />}
      </div>
    </Modal>
  );
}

/** The lines while they are edited, and what they were made from. */
function useDrafts(labels: Readonly<Record<string, string>>) {
  const [before, setBefore] = useState(labels);
  const [drafts, setDrafts] = useState(() => withOne(draftsOf(labels)));
  const next = useRef(drafts.length);
  return {
    drafts,
    before,
    change: (changed: Draft) => setDrafts((all) => all.map((one) => (one.id === changed.id ? changed : one))),
    add: () => setDrafts((all) => [...all, { id: next.current++, key: "", value: "" }]),
    remove: (id: number) => setDrafts((all) => all.filter((one) => one.id !== id)),
    takeOver: () => {
      const fresh = withOne(draftsOf(labels)).map((draft) => ({ ...draft, id: next.current++ }));
      setBefore(labels);
      setDrafts(fresh);
    },
  };
}

/** There is always a line to write in. */
function withOne(drafts: Draft[]): Draft[] {
  return drafts.length === 0 ? [{ id: 0, key: "", value: "" }] : drafts;
}

function ChangedMeanwhile({ takeOver }: { takeOver: () => void }) {
  const { t } = useTranslation();
  const action = (
    <Button size="small" onClick={takeOver}>
      {t("service.labelsTakeOver")}
    </Button>
  );
  return <Alert type="warning" showIcon role="alert" title={t("service.labelsChanged")} action={action} />;
}

interface LineProps {
  draft: Draft;
  problem: DraftProblem | undefined;
  change: (draft: Draft) => void;
  remove: () => void;
}

function DraftLine({ draft, problem, change, remove }: LineProps) {
  const { t } = useTranslation();
  const said = { keyMissing: t("service.labelsKeyMissing"), keyTwice: t("service.labelsKeyTwice") };
  return (
    <div className="label-line">
      <Input
        aria-label={t("service.labelsKey")}
        placeholder={t("service.labelsKey")}
        value={draft.key}
        maxLength={LABEL_LIMITS.key}
        status={problem === undefined ? undefined : "error"}
        onChange={(event) => change({ ...draft, key: event.target.value })}
      />
      <Input
        aria-label={t("service.labelsValue")}
        placeholder={t("service.labelsValue")}
        value={draft.value}
        maxLength={LABEL_LIMITS.value}
        onChange={(event) => change({ ...draft, value: event.target.value })}
      />
      <Button onClick={remove} aria-label={t("service.labelsRemove", { key: draft.key })}>
        {t("service.labelsRemoveShort")}
      </Button>
      {problem !== undefined && (
        <span className="label-line__problem" role="alert">
          {said[problem]}
        </span>
      )}
    </div>
  );
}
