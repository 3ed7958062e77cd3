import { useTranslation } from "react-i18next";
import { StateShape } from "../StateShape";
import type { Look } from "../states";

const LOOKS: Record<string, Look> = {
  MEDIUM: { tone: "warn", shape: "diamond" },
  HIGH: { tone: "bad", shape: "alert" },
};

type Danger = "LOW" | "MEDIUM" | "HIGH";

/** How dangerous an action is; what is harmless carries no mark. */
export function DangerMark({ level }: { level: string }) {
  const { t } = useTranslation();
  const look = LOOKS[level];
  if (look === undefined) return null;
  const danger = asDanger(level);
  return (
    <span className={`danger tone-${look.tone}`} title={t(`dangerText.${danger}`)}>
      <StateShape look={look} size={12} />
      {t(`danger.${danger}`)}
    </span>
  );
}

/** A level this console does not know counts as the worst. */
export function asDanger(level: string): Danger {
  return level === "LOW" || level === "MEDIUM" ? level : "HIGH";
}
