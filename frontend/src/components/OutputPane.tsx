import { Switch } from "antd";
import { useRef, useState, type UIEvent } from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { useOutputVersion } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { OutputEntry } from "../wire/output";
import { CopyButton } from "./CopyButton";
import { Panel } from "./Panel";

/** Output as it is written. It follows the end until the reader scrolls up, and again from the end on. */
export function OutputPane({ store, finished }: { store: ViewStore; finished: boolean }) {
  const { t } = useTranslation();
  const [wrap, setWrap] = useState(true);
  useOutputVersion(store);
  const { entries, total } = store.view.output;
  if (finished && entries.length === 0) return <p className="faint output-none">{t("command.outputNone")}</p>;
  const extra = (
    <span className="output__tools">
      <span className="faint">{t("command.outputLines", { count: total })}</span>
      <label className="toolbar__switch">
        <Switch size="small" checked={wrap} onChange={setWrap} /> {t("command.wrap")}
      </label>
      <CopyButton text={() => plainText(entries)} />
    </span>
  );
  return (
    <Panel title={t("command.output")} extra={extra} flush>
      {entries.length === 0 ? (
        <p className="output output--empty faint">{t("command.outputWaiting")}</p>
      ) : (
        <OutputLines entries={entries} wrap={wrap} whole={finished && entries.length <= SHORT} />
      )}
    </Panel>
  );
}

interface LinesProps {
  entries: OutputEntry[];
  wrap: boolean;
  /** All lines are there and few: the pane is as high as they are. */
  whole: boolean;
}

function OutputLines({ entries, wrap, whole }: LinesProps) {
  const look = `output${wrap ? "" : " output--nowrap"}${entries.length > SHORT ? " output--tall" : ""}`;
  if (!whole) return <VirtualLines entries={entries} look={look} />;
  return (
    <div className={`${look} output--whole`}>
      {entries.map((entry) => (
        <OutputRow key={entry.offset} entry={entry} />
      ))}
    </div>
  );
}

function VirtualLines({ entries, look }: { entries: OutputEntry[]; look: string }) {
  const { t } = useTranslation();
  const list = useRef<VirtuosoHandle>(null);
  const { follow, watch, atEnd } = useFollow();
  return (
    <div className={look}>
      <Virtuoso
        ref={list}
        totalCount={entries.length}
        itemContent={(index) => <OutputRow entry={entries[index]} />}
        initialTopMostItemIndex={entries.length - 1}
        followOutput={() => (follow ? "auto" : false)}
        atBottomStateChange={atEnd}
        atBottomThreshold={24}
        onScroll={watch}
        components={EDGES}
        role="log"
        aria-label={t("command.output")}
        tabIndex={0}
      />
      {!follow && (
        <button type="button" className="output__follow" onClick={() => list.current?.scrollToIndex({ index: "LAST" })}>
          {t("command.follow")} ↓
        </button>
      )}
    </div>
  );
}

/** A jump back by more than this is somebody scrolling, and not lines being measured. */
const SCROLLED_BACK_PX = 12;

/**
 * Whether the end is followed. Many lines at once move the end out of sight for a moment, so only
 * scrolling back ends it; being at the end begins it again.
 */
function useFollow() {
  const [follow, setFollow] = useState(true);
  const top = useRef(0);
  const watch = (event: UIEvent<HTMLElement>): void => {
    const { scrollTop } = event.currentTarget;
    if (scrollTop < top.current - SCROLLED_BACK_PX) setFollow(false);
    top.current = scrollTop;
  };
  const atEnd = (end: boolean): void => {
    if (end) setFollow(true);
  };
  return { follow, watch, atEnd };
}

/** Air above the first and below the last line. */
const EDGES = { Header: () => <div className="output__edge" />, Footer: () => <div className="output__edge" /> };

/** Up to this many lines the pane stays low. */
const SHORT = 12;

function OutputRow({ entry }: { entry: OutputEntry | undefined }) {
  const { t } = useTranslation();
  if (entry === undefined) return null;
  if ("dropped" in entry) return <div className="output__gap">⋯ {t("command.outputDropped", { count: entry.dropped })} ⋯</div>;
  const { stream, text } = entry.line;
  return (
    <div className={`output__line output__line--${stream}`}>
      <span className="output__number" aria-hidden="true">
        {entry.offset + 1}
      </span>
      <span className="output__stream">{stream === "stdout" ? "" : stream}</span>
      <span className="output__text">{text === "" ? " " : text}</span>
    </div>
  );
}

function plainText(entries: OutputEntry[]): string {
  return entries.map((entry) => ("line" in entry ? entry.line.text : `… ${entry.dropped} …`)).join("\n");
}
