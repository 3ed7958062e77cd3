import { useEffect, useMemo, useState, type CSSProperties, type RefObject } from "react";
import { widths } from "./tracks";

const CHECK_TRACK = "24px";

interface Tracks {
  readonly style: CSSProperties;
  /** True when the columns do not fit: the grid, and not the page, is scrolled sideways. */
  readonly wide: boolean;
}

/** The tracks of a grid's columns, as wide as there is room. */
export function useTracks(grid: RefObject<HTMLElement | null>, columns: readonly { track: string }[], selectable: boolean): Tracks {
  const available = useWidth(grid);
  return useMemo(() => {
    const tracks = columns.map((column) => column.track);
    if (selectable) tracks.unshift(CHECK_TRACK);
    const { least, comfortable } = widths(tracks);
    const style = { "--tracks": tracks.join(" "), "--comfortable": `${comfortable}px` } as CSSProperties;
    return { style, wide: available < least };
  }, [columns, selectable, available]);
}

function useWidth(grid: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useEffect(() => {
    const element = grid.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [grid]);
  return width;
}
