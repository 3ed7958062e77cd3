import { useTranslation } from "react-i18next";
import { StateShape } from "../../components/StateShape";
import { lookOf } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import { outcomes, settled } from "../../store/runs";
import type { RunRow } from "../../wire/frames";

type Counted = Pick<RunRow, "total" | "counts">;

/** How far a run is: a bar with a part for each outcome. */
export function OutcomeBar({ run }: { run: Counted }) {
  const { t } = useTranslation();
  const text = useStateText();
  const parts = outcomes(run.counts);
  const told = parts.map(({ state, count }) => `${count} ${text("target", state)}`).join(", ");
  return (
    <div className="outcomes__bar" role="img" aria-label={t("runs.progressLabel", { done: settled(run), total: run.total, told })}>
      {parts.map(({ state, count }) => (
        <span key={state} className={`outcomes__part outcomes__part--${state} tone-${lookOf("target", state).tone}`} style={{ flexGrow: count }} />
      ))}
    </div>
  );
}

/** The bar with its numbers. */
export function Outcomes({ run }: { run: Counted }) {
  const text = useStateText();
  return (
    <div className="outcomes">
      <OutcomeBar run={run} />
      <div className="outcomes__numbers" aria-hidden="true">
        {outcomes(run.counts).map(({ state, count }) => (
          <span key={state} className="outcomes__number" title={text("target", state)}>
            <StateShape look={lookOf("target", state)} size={12} />
            {count}
          </span>
        ))}
      </div>
    </div>
  );
}
