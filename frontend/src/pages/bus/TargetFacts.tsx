import { useTranslation } from "react-i18next";
import { DangerMark } from "../../components/action/DangerMark";
import type { ActionBody } from "../../wire/frames";

/** What one should know of the chosen action before a route runs it without asking anybody. */
export function TargetFacts({ action }: { action: ActionBody | undefined }) {
  const { t } = useTranslation();
  if (action === undefined) return null;
  const asked = action.requiresConfirmation || action.dangerLevel === "HIGH";
  return (
    <div className="note stack">
      <span>
        <span className="strong">{action.label}</span> <DangerMark level={action.dangerLevel} />
      </span>
      {action.description !== null && <span>{action.description}</span>}
      {asked && <span>{t("bus.needsPerson")}</span>}
    </div>
  );
}
