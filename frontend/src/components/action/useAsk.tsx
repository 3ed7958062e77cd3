import { App } from "antd";
import { useTranslation } from "react-i18next";
import { asDanger, DangerMark } from "./DangerMark";
import { Typing } from "./Typing";

export interface Question {
  readonly title: string;
  readonly dangerLevel: string;
  /** What is typed first when it is dangerous. */
  readonly code: string;
  /** What else there is to know. */
  readonly note?: string;
}

/** Asks before something is started; the answer is whether to go on. */
export function useAsk(): (question: Question) => Promise<boolean> {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  return (question) =>
    new Promise((resolve) => {
      const typing = asDanger(question.dangerLevel) === "HIGH";
      const allow = (ok: boolean) => dialog.update({ okButtonProps: { danger: true, disabled: !ok } });
      const finish = (): void => {
        resolve(true);
        dialog.destroy();
      };
      const dialog = modal.confirm({
        title: question.title,
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

function Content({ question: { dangerLevel, code, note }, typing, allow, finish }: ContentProps) {
  const { t } = useTranslation();
  return (
    <div className="confirm">
      <p>
        <DangerMark level={dangerLevel} /> {t(`dangerText.${asDanger(dangerLevel)}`)}
      </p>
      {note !== undefined && <p>{note}</p>}
      {typing && <Typing code={code} allow={allow} finish={finish} />}
    </div>
  );
}
