import { useTranslation } from "react-i18next";
import { between, formatDuration, formatTime } from "../../components/format";
import { StateShape } from "../../components/StateShape";
import { isFinished, lookOf, type Look } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import type { CommandDetailRow } from "../../wire/frames";

interface Step {
  readonly key: string;
  readonly label: string;
  readonly at: string | null;
  /** The step before it, and how the time since then is put. */
  readonly before: string | null;
  readonly since: "command.afterCreated" | "command.afterSent" | "command.afterStarted";
  readonly look: Look;
  /** The command is at this step now. */
  readonly current: boolean;
}

const DONE: Look = { tone: "good", shape: "check" };
const AHEAD: Look = { tone: "idle", shape: "dots" };

/** What happened to the command, each step with how long it took to get there. */
export function Timeline({ command }: { command: CommandDetailRow }) {
  const steps = useSteps(command);
  return (
    <ol className="timeline">
      {steps.map((step) => (
        <TimelineStep key={step.key} step={step} />
      ))}
    </ol>
  );
}

function TimelineStep({ step }: { step: Step }) {
  const { t, i18n } = useTranslation();
  const delay = between(step.before, step.at);
  const title = step.at === null ? undefined : formatTime(Date.parse(step.at), i18n.language);
  return (
    <li className={`timeline__step${step.at === null ? " timeline__step--ahead" : ""}`} aria-current={step.current ? "step" : undefined}>
      <StateShape look={step.look} size={16} />
      <span className="timeline__label" title={title}>
        {step.label}
      </span>
      <span className="timeline__time numbers">
        {delay === null ? clockTime(step.at, i18n.language) : t(step.since, { duration: formatDuration(delay) })}
      </span>
    </li>
  );
}

function useSteps(command: CommandDetailRow): Step[] {
  const { t } = useTranslation();
  const text = useStateText();
  const { createdAt, sentAt, startedAt, completedAt, status } = command;
  const finished = isFinished(status);
  const stepLook = (at: string | null, current: boolean): Look => {
    if (current) return lookOf("command", status);
    return at === null ? AHEAD : DONE;
  };
  const sending = status === "PENDING" && sentAt === null;
  const waiting = status === "PENDING" && sentAt !== null;
  const running = status === "RUNNING";
  const sinceSending = sentAt === null ? "command.afterCreated" : "command.afterSent";
  const steps: Step[] = [
    { key: "created", label: t("command.created"), at: createdAt, before: null, since: "command.afterCreated", look: stepLook(createdAt, sending), current: sending },
    { key: "sent", label: t("command.sent"), at: sentAt, before: createdAt, since: "command.afterCreated", look: stepLook(sentAt, waiting), current: waiting },
    { key: "started", label: t("command.started"), at: startedAt, before: sentAt ?? createdAt, since: sinceSending, look: stepLook(startedAt, running), current: running },
    {
      key: "finished",
      label: finished ? text("command", status) : t("command.finished"),
      at: completedAt,
      before: startedAt ?? sentAt ?? createdAt,
      since: startedAt === null ? sinceSending : "command.afterStarted",
      look: finished ? lookOf("command", status) : AHEAD,
      current: finished,
    },
  ];
  return finished ? steps.filter(({ at }) => at !== null) : steps;
}

function clockTime(at: string | null, language: string): string {
  return at === null ? "" : new Date(at).toLocaleTimeString(language);
}
