import { useEffect, useRef, useState, type UIEvent } from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import type { OutputEntry } from "../../wire/output";
import { OutputRow, type Marked } from "./OutputRow";
import type { Look } from "./OutputTools";

export type { Marked } from "./OutputRow";

interface LinesProps {
  entries: readonly OutputEntry[];
  look: Look;
  finished: boolean;
  marked: Marked;
}

/** Up to this many lines the pane stays low. */
const SHORT = 12;

/** The lines; when all are there and few, the pane is as high as they are. */
export function OutputLines({ entries, look, finished, marked }: LinesProps) {
  const short = entries.length <= SHORT;
  const name = `output${look.wrap ? "" : " output--nowrap"}${short ? "" : " output--tall"}`;
  if (!finished || !short) return <VirtualLines entries={entries} look={look} marked={marked} name={name} />;
  return (
    <div className={`${name} output--whole`}>
      {entries.map((entry, row) => (
        <OutputRow key={entry.offset} entry={entry} row={row} times={look.times} marked={marked} />
      ))}
    </div>
  );
}

function VirtualLines({ entries, look, marked, name }: Omit<LinesProps, "finished"> & { name: string }) {
  const { t } = useTranslation();
  const list = useRef<VirtuosoHandle>(null);
  const { follow, watch, atEnd, leave } = useFollow();
  const { hit } = marked;
  useEffect(() => {
    if (hit === null) return;
    leave();
    list.current?.scrollToIndex({ index: hit.row, align: "center" });
  }, [hit?.row, hit?.from, marked.text]);
  return (
    <div className={name}>
      <Virtuoso
        ref={list}
        totalCount={entries.length}
        itemContent={(row) => <OutputRow entry={entries[row]} row={row} times={look.times} marked={marked} />}
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
 * scrolling back ends it, or looking at a hit; being at the end begins it again.
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
  return { follow, watch, atEnd, leave: () => setFollow(false) };
}

/** Air above the first and below the last line. */
const EDGES = { Header: () => <div className="output__edge" />, Footer: () => <div className="output__edge" /> };
