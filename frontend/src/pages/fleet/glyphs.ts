import type { Tone } from "../../components/states";
import type { ServiceGroup } from "../../store/fleet";

/** Drawn on 16 by 16 in the colour of its tone, even-odd: each state has an outline of its own that tells at ten pixels. */
const SIZE = 16;
const GLYPHS: Record<ServiceGroup, { tone: Tone; path: string }> = {
  DOWN: { tone: "bad", path: "M8 .8 15.8 15H.2z" },
  OFFLINE: { tone: "bad", path: "M3 1.4h10A1.6 1.6 0 0 1 14.6 3v10a1.6 1.6 0 0 1-1.6 1.6H3A1.6 1.6 0 0 1 1.4 13V3A1.6 1.6 0 0 1 3 1.4" },
  STALE: { tone: "warn", path: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 3.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2" },
  DEGRADED: { tone: "warn", path: "M8 .3 15.7 8 8 15.7.3 8z" },
  UNKNOWN: { tone: "idle", path: "M1.8 5.6h12.4a1 1 0 0 1 1 1v2.8a1 1 0 0 1-1 1H1.8a1 1 0 0 1-1-1V6.6a1 1 0 0 1 1-1" },
  RECONNECTING: { tone: "warn", path: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1.8a5.2 5.2 0 0 1 0 10.4z" },
  HEALTHY: { tone: "good", path: "M8 1.2a6.8 6.8 0 1 1 0 13.6A6.8 6.8 0 0 1 8 1.2" },
};

function colourOf(tone: Tone): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${tone}`).trim();
}

/** The shapes as images in the colours of the present theme, for `background-image`. */
export function glyphStyle(): Record<`--glyph-${ServiceGroup}`, string> {
  const entries = Object.entries(GLYPHS).map(([group, { tone, path }]) => {
    const drawing = `<path fill="${colourOf(tone)}" fill-rule="evenodd" d="${path}"/>`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}">${drawing}</svg>`;
    return [`--glyph-${group}`, `url("data:image/svg+xml,${encodeURIComponent(svg)}")`];
  });
  return Object.fromEntries(entries) as Record<`--glyph-${ServiceGroup}`, string>;
}

export type Sprites = Readonly<Record<ServiceGroup, HTMLCanvasElement>>;

/** The shapes ready to be stamped on a canvas, `side` pixels of the screen high and wide. */
export function sprites(side: number): Sprites {
  const entries = Object.entries(GLYPHS).map(([group, { tone, path }]) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    pen?.scale(side / SIZE, side / SIZE);
    if (pen !== null) pen.fillStyle = colourOf(tone);
    pen?.fill(new Path2D(path), "evenodd");
    return [group, canvas];
  });
  return Object.fromEntries(entries) as Record<ServiceGroup, HTMLCanvasElement>;
}
