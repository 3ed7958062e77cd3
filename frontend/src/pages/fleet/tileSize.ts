/** Up to so many services, tiles have room for names. */
const NAMED_UP_TO = 60;
const SMALLEST = 9;
const LARGEST = 30;
/** Below this the tiles stand closer together. */
const CLOSE_BELOW = 16;
/** What is above the map on a usual page. */
const ABOVE = 330;
const LEAST_HEIGHT = 360;

/** Sets the size of tiles so that all of them fit the window, within limits; true when they carry names. */
export function fitTiles(root: HTMLElement, count: number): boolean {
  const named = count <= NAMED_UP_TO;
  const area = root.clientWidth * Math.max(LEAST_HEIGHT, window.innerHeight - ABOVE);
  const pitch = Math.floor(Math.sqrt(area / Math.max(1, count)));
  const gap = pitch < CLOSE_BELOW ? 2 : 4;
  const side = Math.min(LARGEST, Math.max(SMALLEST, pitch - gap));
  root.dataset.tiles = named ? "named" : "plain";
  root.style.setProperty("--tile", `${side}px`);
  root.style.setProperty("--gap", `${gap}px`);
  return named;
}
