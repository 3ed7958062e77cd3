import { App } from "antd";
import { useTranslation } from "react-i18next";
import { asDanger, DangerMark } from "../../components/action/DangerMark";
import { Typing } from "../../components/action/Typing";
import type { RunActionBody } from "../../wire/frames";

export interface Question {
  readonly action: Pick<RunActionBody, "name" | "label" | "dangerLevel">;
  /** How many services it would reach. */
  readonly count: number;
  readonly concurrency: number;
}

/** Asks before anything is done to many services; the answer is whether to go on. */
export function useRunConfirmation(): (question: Question) => Promise<boolean> {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  return (question) =>
    new Promise((resolve) => {
      const typing = asDanger(question.action.dangerLevel) === "HIGH";
      const allow = (ok: boolean) => dialog.update({ okButtonProps: { danger: true, disabled: !ok } });
      const finish = (): void => {
        resolve(true);
        dialog.destroy();
      };
      const dialog = modal.confirm({
        title: t("runs.confirmTitle", { action: question.action.label, count: question.count }),
        content: <Content question={question} typing={typing} allow={allow} finish={finish} />,
        okText: t("action.confirmRun"),
        okButtonProps: { danger: typing, disabled: typing },
        cancelText: t("common.back"),
        autoFocusButton: typing ? null : "cancel",
        onOk: () => resolve(true),
        onCancel: () => resolve(false),
      });
    });
}

interface ContentProps {
  question: Question;
  typing: boolean;
  allow: (ok: boolean) => void;
  finish: () => void;
}

function Content({ question: { action, concurrency }, typing, allow, finish }: ContentProps) {
  const { t } = useTranslation();
  const danger = asDanger(action.dangerLevel);
  return (
    <div className="confirm">
      <p>
        <DangerMark level={action.dangerLevel} /> {t(`dangerText.${danger}`)}
      </p>
      <p>{t("runs.atOnce", { count: concurrency })}</p>
      {typing && <Typing code={action.name} allow={allow} finish={finish} />}
    </div>
  );
}
