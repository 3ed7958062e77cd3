import { useTranslation } from "react-i18next";
import { StateShape } from "../../components/StateShape";
import { lookOf } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import { outcomes, settled, type TargetState } from "../../store/runs";
import type { RunRow } from "../../wire/frames";

/** Along the bar: what has ended at its start, what has not begun at its end. */
const ALONG: readonly TargetState[] = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED", "SKIPPED", "RUNNING", "PENDING", "WAITING"];

type Counted = Pick<RunRow, "total" | "counts">;

/** How far a run is: a bar with a part for each outcome, and the same in numbers. */
export function Outcomes({ run }: { run: Counted }) {
  const { t } = useTranslation();
  const text = useStateText();
  const parts = outcomes(run.counts, ALONG);
  const told = parts.map(({ state, count }) => `${count} ${text("target", state)}`).join(", ");
  return (
    <div className="outcomes">
      <div className="outcomes__bar" role="img" aria-label={t("runs.progressLabel", { done: settled(run), total: run.total, told })}>
        {parts.map(({ state, count }) => (
          <span key={state} className={`outcomes__part outcomes__part--${state} tone-${lookOf("target", state).tone}`} style={{ flexGrow: count }} />
        ))}
      </div>
      <div className="outcomes__numbers" aria-hidden="true">
        {parts.map(({ state, count }) => (
          <span key={state} className="outcomes__number" title={text("target", state)}>
            <StateShape look={lookOf("target", state)} size={12} />
            {count}
          </span>
        ))}
      </div>
    </div>
  );
}
