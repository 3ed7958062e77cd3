import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatClock, formatDuration, formatTime } from "../../components/format";
import { Elapsed } from "../../components/RelativeTime";
import { StateShape } from "../../components/StateShape";
import { lookOf, type Look } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import { stepsOf, type Step } from "../../store/steps";
import type { CommandDetailRow } from "../../wire/frames";
import { useZone } from "../../zone";

const LABELS = {
  created: "command.created",
  sent: "command.sent",
  started: "command.started",
  progress: "command.progress",
  cancelling: "command.cancelling",
  finished: "command.finished",
} as const;

const DONE: Look = { tone: "good", shape: "check" };
const AHEAD: Look = { tone: "idle", shape: "dots" };
const CANCELLING: Look = { tone: "warn", shape: "slash" };

/** What happened to the command, each step with its time and how long it took to get there. */
export function Timeline({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const steps = useMemo(() => stepsOf(command), [command]);
  return (
    <ol className="timeline" aria-label={t("command.timeline")}>
      {steps.map((step) => (
        <TimelineStep key={step.key} step={step} command={command} />
      ))}
    </ol>
  );
}

function TimelineStep({ step, command }: { step: Step; command: CommandDetailRow }) {
  const { i18n } = useTranslation();
  const zone = useZone();
  const label = useLabel(step, command);
  const { at, phase } = step;
  const current = phase === "current" || (step.key === "finished" && phase === "done");
  const title = at === null ? undefined : formatTime(Date.parse(at), i18n.language, zone);
  return (
    <li className={`timeline__step timeline__step--${phase}`} aria-current={current ? "step" : undefined}>
      <span className="timeline__way numbers">
        <Delay step={step} />
      </span>
      <StateShape look={lookAt(step, command)} size={16} />
      <span className="timeline__label">{label}</span>
      <time className="timeline__time numbers" dateTime={at ?? undefined} title={title}>
        {at === null ? "" : formatClock(Date.parse(at), i18n.language, zone)}
      </time>
    </li>
  );
}

/** How long it took from the step before; to the next one it is counted while one looks. */
function Delay({ step: { delay, phase, since } }: { step: Step }) {
  if (delay !== null) return <>+{formatDuration(delay)}</>;
  return phase === "next" && since !== null ? <Elapsed since={since} /> : null;
}

function useLabel({ key, phase }: Step, { status, percent }: CommandDetailRow): string {
  const { t } = useTranslation();
  const text = useStateText();
  if (key === "finished" && phase === "done") return text("command", status);
  if (key === "progress" && percent !== null) return t("command.progressAt", { percent: Math.round(percent) });
  return t(LABELS[key]);
}

function lookAt({ key, phase }: Step, { status }: CommandDetailRow): Look {
  if (key === "finished" && phase === "done") return lookOf("command", status);
  if (phase === "next" || phase === "ahead") return AHEAD;
  if (key === "cancelling") return CANCELLING;
  return phase === "current" ? lookOf("command", status) : DONE;
}
