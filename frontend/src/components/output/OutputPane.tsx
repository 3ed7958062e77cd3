import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { InputRef } from "antd";
import { useOutputVersion } from "../../store/hooks";
import { find, ofStream, step, streamsOf, type Hit } from "../../store/outputText";
import type { ViewStore } from "../../store/viewStore";
import type { CommandDetailRow } from "../../wire/frames";
import type { OutputEntry } from "../../wire/output";
import { Panel } from "../Panel";
import { isFinished } from "../states";
import { OutputLines, type Marked } from "./OutputLines";
import { OutputSearch } from "./OutputSearch";
import { OutputTools, type Look } from "./OutputTools";

const PLAIN: Look = { wrap: true, times: false, stream: null };

/** Output as it is written: followed, searched, cut down to a stream, copied and kept as a file. */
export function OutputPane({ store, command }: { store: ViewStore; command: CommandDetailRow }) {
  const { t } = useTranslation();
  const [look, setLook] = useState(PLAIN);
  const version = useOutputVersion(store);
  const { entries, total } = store.view.output;
  // The entries grow in place; their version tells that they did.
  const shown = useMemo(() => [...ofStream(entries, look.stream)], [entries, look.stream, version]);
  const streams = useMemo(() => streamsOf(entries), [entries, version]);
  const finished = isFinished(command.status);
  if (finished && entries.length === 0) return <p className="faint output-none">{t("command.outputNone")}</p>;
  const tools = <OutputTools command={command} entries={entries} total={total} streams={streams} look={look} change={setLook} />;
  return (
    <Panel title={t("command.output")} extra={tools} flush>
      {entries.length === 0 ? <p className="output output--empty faint">{t("command.outputWaiting")}</p> : <Searched entries={shown} look={look} finished={finished} />}
    </Panel>
  );
}

interface SearchedProps {
  entries: readonly OutputEntry[];
  look: Look;
  finished: boolean;
}

function Searched({ entries, look, finished }: SearchedProps) {
  const { text, change, hits, at, move, field } = useSearch(entries);
  const marked: Marked = useMemo(() => ({ text, hit: hits[at] ?? null }), [text, hits, at]);
  const press = (event: KeyboardEvent): void => {
    const wanted = event.key === "/" || (event.key === "f" && (event.ctrlKey || event.metaKey));
    if (!wanted || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.current?.focus({ cursor: "all" });
  };
  return (
    <div onKeyDown={press}>
      <OutputSearch field={field} text={text} change={change} at={at} count={hits.length} move={move} />
      <OutputLines entries={entries} look={look} finished={finished} marked={marked} />
    </div>
  );
}

interface Search {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly hits: readonly Hit[];
  /** Which of the hits is the present one. */
  readonly at: number;
  readonly move: (by: number) => void;
  readonly field: React.RefObject<InputRef | null>;
}

function useSearch(entries: readonly OutputEntry[]): Search {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<InputRef>(null);
  const hits = useMemo(() => find(entries, text), [entries, text]);
  const change = (next: string): void => {
    setText(next);
    setAt(0);
  };
  const present = Math.min(at, Math.max(0, hits.length - 1));
  return { text, change, hits, at: present, move: (by) => setAt(step(present, by, hits.length)), field };
}
