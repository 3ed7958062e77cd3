import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { places, type Hit } from "../../store/outputText";
import type { OutputLine } from "../../wire/frames";
import type { OutputEntry } from "../../wire/output";
import { formatClock } from "../format";

/** What is looked for, and which of its places is the present one. */
export interface Marked {
  readonly text: string;
  readonly hit: Hit | null;
}

interface RowProps {
  entry: OutputEntry | undefined;
  row: number;
  times: boolean;
  marked: Marked;
}

export function OutputRow({ entry, row, times, marked }: RowProps) {
  const { t } = useTranslation();
  if (entry === undefined) return null;
  if ("dropped" in entry) return <div className="output__gap">⋯ {t("command.outputDropped", { count: entry.dropped })} ⋯</div>;
  const from = marked.hit?.row === row ? marked.hit.from : null;
  return <LineRow line={entry.line} number={entry.offset + 1} times={times} text={marked.text} from={from} />;
}

interface LineProps {
  line: OutputLine;
  number: number;
  times: boolean;
  /** What is looked for; `from`: its present place, if that is in this line. */
  text: string;
  from: number | null;
}

const LineRow = memo(function LineRow({ line, number, times, text, from }: LineProps) {
  const { i18n } = useTranslation();
  const time = line.at === undefined || !times ? "" : formatClock(Date.parse(line.at), i18n.language);
  return (
    <div className={`output__line output__line--${line.stream}`}>
      <span className="output__number" aria-hidden="true">
        {number}
      </span>
      <span className="output__stream">
        {time}
        {time !== "" && line.stream !== "stdout" ? " " : ""}
        {line.stream === "stdout" ? "" : line.stream}
      </span>
      <span className="output__text">{line.text === "" ? " " : highlighted(line.text, text, from)}</span>
    </div>
  );
});

function highlighted(line: string, text: string, present: number | null): ReactNode {
  const found = places(line, text);
  if (found.length === 0) return line;
  const parts: ReactNode[] = [];
  let done = 0;
  for (const from of found) {
    const end = from + text.length;
    parts.push(line.slice(done, from), <mark key={from} className={from === present ? "output__hit output__hit--present" : "output__hit"}>{line.slice(from, end)}</mark>);
    done = end;
  }
  parts.push(line.slice(done));
  return parts;
}
