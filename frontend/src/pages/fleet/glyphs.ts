import type { Tone } from "../../components/states";
import type { ServiceGroup } from "../../store/fleet";

/** Drawn on 16 by 16 in the colour of its tone: each state has an outline of its own that tells at ten pixels. */
const GLYPHS: Record<ServiceGroup, { tone: Tone; drawing: string }> = {
  DOWN: { tone: "bad", drawing: '<path d="M8 .8 15.8 15H.2z"/>' },
  OFFLINE: { tone: "bad", drawing: '<rect x="1.4" y="1.4" width="13.2" height="13.2" rx="1.6"/>' },
  STALE: { tone: "warn", drawing: '<path fill-rule="evenodd" d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 3.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2"/>' },
  DEGRADED: { tone: "warn", drawing: '<path d="M8 .3 15.7 8 8 15.7.3 8z"/>' },
  UNKNOWN: { tone: "idle", drawing: '<rect x=".8" y="5.6" width="14.4" height="4.8" rx="1"/>' },
  RECONNECTING: { tone: "warn", drawing: '<path fill-rule="evenodd" d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1.8a5.2 5.2 0 0 1 0 10.4z"/>' },
  HEALTHY: { tone: "good", drawing: '<circle cx="8" cy="8" r="6.8"/>' },
};

/** The shapes as images in the colours of the present theme, for `background-image`. */
export function glyphStyle(): Record<`--glyph-${ServiceGroup}`, string> {
  const colours = getComputedStyle(document.documentElement);
  const image = ({ tone, drawing }: { tone: Tone; drawing: string }): string => {
    const fill = colours.getPropertyValue(`--${tone}`).trim();
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${fill}">${drawing}</svg>`;
    return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
  };
  const entries = Object.entries(GLYPHS).map(([group, glyph]) => [`--glyph-${group}`, image(glyph)]);
  return Object.fromEntries(entries) as Record<`--glyph-${ServiceGroup}`, string>;
}
