import { useTranslation } from "react-i18next";
import type { ActionBody } from "../../wire/frames";
import { asDanger } from "./DangerMark";
import { useAsk } from "./useAsk";

/** What the action is done to. */
interface Target {
  readonly name: string;
  /** What is typed to confirm. */
  readonly code: string;
}

type Confirmed = Pick<ActionBody, "label" | "dangerLevel" | "requiresConfirmation">;

/**
 * Asks before an action that wants confirmation, or is dangerous. The answer is whether the action
 * was confirmed, or null when the person went back.
 */
export function useConfirmation({ name, code }: Target, { label, dangerLevel, requiresConfirmation }: Confirmed): () => Promise<boolean | null> {
  const { t } = useTranslation();
  const ask = useAsk();
  if (!requiresConfirmation && asDanger(dangerLevel) !== "HIGH") return () => Promise.resolve(false);
  const question = { title: t("action.confirmTitle", { action: label, service: name }), dangerLevel, code };
  return async () => ((await ask(question)) ? true : null);
}
