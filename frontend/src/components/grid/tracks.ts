interface Measure {
  /** What a column of one fraction gets. */
  readonly fraction: number;
  readonly gap: number;
  readonly edges: number;
}

/** Anything narrower cannot be read; gaps as on a tablet. */
const LEAST: Measure = { fraction: 40, gap: 10, edges: 28 };
/** What columns get when the grid must be scrolled anyway. */
const COMFORTABLE: Measure = { fraction: 90, gap: 16, edges: 36 };

/** How wide rows with these tracks (`96px`, `minmax(0, 2fr)`) must be at least, and how wide they are at ease. */
export function widths(tracks: readonly string[]): { least: number; comfortable: number } {
  const sum = ({ fraction, gap, edges }: Measure): number =>
    tracks.reduce((all, track) => all + width(track, fraction), Math.max(0, tracks.length - 1) * gap + edges);
  return { least: sum(LEAST), comfortable: sum(COMFORTABLE) };
}

function width(track: string, fraction: number): number {
  const fractions = /([\d.]+)fr/.exec(track);
  const fixed = /([\d.]+)px/.exec(track);
  return Math.max(fractions === null ? 0 : Number(fractions[1]) * fraction, fixed === null ? 0 : Number(fixed[1]));
}
