/** Up to so many services, tiles have room for names. */
const NAMED_UP_TO = 60;
const SMALLEST = 9;
const LARGEST = 30;
/** Below this the tiles stand closer together. */
const CLOSE_BELOW = 16;
/** What is above the map on a usual page. */
const ABOVE = 330;
const LEAST_HEIGHT = 360;
/** A group is no narrower, so that its heading has room. */
const NARROWEST = 170;

/** The measures of the map; lengths in CSS pixels. */
export interface Fit {
  /** Tiles carry names and are laid out by the browser; else they are drawn. */
  readonly named: boolean;
  readonly side: number;
  readonly gap: number;
  readonly width: number;
  /** Pixels of the screen for each. */
  readonly ratio: number;
}

/** The size of tiles with which all of them fit the window, within limits. */
export function fitTiles(root: HTMLElement, count: number): Fit {
  const width = root.clientWidth;
  const area = width * Math.max(LEAST_HEIGHT, window.innerHeight - ABOVE);
  const pitch = Math.floor(Math.sqrt(area / Math.max(1, count)));
  const gap = pitch < CLOSE_BELOW ? 2 : 4;
  const side = Math.min(LARGEST, Math.max(SMALLEST, pitch - gap));
  return { named: count <= NAMED_UP_TO, side, gap, width, ratio: window.devicePixelRatio };
}

export function sameFit(a: Fit, b: Fit): boolean {
  return a.named === b.named && a.side === b.side && a.gap === b.gap && a.width === b.width && a.ratio === b.ratio;
}

/** How wide a group of so many drawn tiles is. */
export function groupWidth(count: number, { side, gap, width }: Fit): number {
  return Math.max(NARROWEST, Math.min(width, count * (side + gap)));
}
