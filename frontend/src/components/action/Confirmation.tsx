import { App } from "antd";
import { useTranslation } from "react-i18next";
import type { ActionBody } from "../../wire/frames";
import { asDanger, DangerMark } from "./DangerMark";
import { Typing } from "./Typing";

/** What the action is done to: a service, or several under one name. */
export interface Target {
  readonly name: string;
  /** What is typed to confirm. */
  readonly code: string;
}

type Confirmed = Pick<ActionBody, "label" | "dangerLevel" | "requiresConfirmation">;

/**
 * Asks before an action that wants confirmation, or is dangerous. The answer is whether the action
 * was confirmed, or null when the person went back.
 */
export function useConfirmation(target: Target, action: Confirmed): () => Promise<boolean | null> {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const danger = asDanger(action.dangerLevel);
  if (!action.requiresConfirmation && danger !== "HIGH") return () => Promise.resolve(false);
  const typing = danger === "HIGH";
  return () =>
    new Promise((resolve) => {
      const finish = (): void => {
        resolve(true);
        dialog.destroy();
      };
      const dialog = modal.confirm({
        title: t("action.confirmTitle", { action: action.label, service: target.name }),
        content: <Question target={target} action={action} typing={typing} allow={(ok) => dialog.update({ okButtonProps: { danger: true, disabled: !ok } })} finish={finish} />,
        okText: t("action.confirmRun"),
        okButtonProps: { danger: typing, disabled: typing },
        cancelText: t("common.back"),
        autoFocusButton: typing ? null : "cancel",
        onOk: () => resolve(true),
        onCancel: () => resolve(null),
      });
    });
}

interface QuestionProps {
  target: Target;
  action: Confirmed;
  /** The code of the target must be typed. */
  typing: boolean;
  allow: (ok: boolean) => void;
  finish: () => void;
}

function Question({ target, action, typing, allow, finish }: QuestionProps) {
  const { t } = useTranslation();
  return (
    <div className="confirm">
      <p>
        <DangerMark level={action.dangerLevel} /> {t(`dangerText.${asDanger(action.dangerLevel)}`)}
      </p>
      {typing && <Typing code={target.code} allow={allow} finish={finish} />}
    </div>
  );
}
