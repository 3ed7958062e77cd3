/** Below this a column of one fraction is too narrow to read … */
const LEAST_PX = 52;
/** … and this is what it gets when the grid must be scrolled anyway. */
const COMFORTABLE_PX = 90;
/** Gaps and the edges of a row. */
const GAP_PX = 16;
const EDGES_PX = 36;

/** How wide rows with these tracks (`96px`, `minmax(0, 2fr)`) must be at least, and how wide they are at ease. */
export function widths(tracks: readonly string[]): { least: number; comfortable: number } {
  const gaps = Math.max(0, tracks.length - 1) * GAP_PX + EDGES_PX;
  const sum = (fraction: number): number => tracks.reduce((all, track) => all + width(track, fraction), gaps);
  return { least: sum(LEAST_PX), comfortable: sum(COMFORTABLE_PX) };
}

function width(track: string, fraction: number): number {
  const fractions = /([\d.]+)fr/.exec(track);
  const fixed = /([\d.]+)px/.exec(track);
  return Math.max(fractions === null ? 0 : Number(fractions[1]) * fraction, fixed === null ? 0 : Number(fixed[1]));
}
