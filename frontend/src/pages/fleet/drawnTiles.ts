import type { ServiceGroup } from "../../store/fleet";
import type { Sprites } from "./glyphs";
import type { TileLinks } from "./tileLinks";
import { groupWidth, type Fit } from "./tileSize";
import { tileBox, type Tiles } from "./tiles";

/** Rows of one canvas: a list that grows changes the size of its last one only. */
const BAND_ROWS = 32;

/** Above the first row, in CSS pixels, so that the outline of a link has room. */
const ABOVE = 3;

export interface Paint {
  readonly fit: Fit;
  readonly sprites: Sprites;
  readonly face: (id: string) => ServiceGroup;
}

/** Thousands of tiles, drawn; a link is laid over the one that is pointed at or focused. */
export class DrawnTiles implements Tiles {
  readonly element = tileBox();
  #ids: readonly string[] = [];
  #columns = 1;
  #bands: Band[] = [];

  constructor(
    private readonly links: TileLinks,
    private readonly paint: Paint,
  ) {}

  get columns(): number {
    return this.#columns;
  }

  show(ids: readonly string[]): void {
    this.#ids = ids;
    this.#resize();
    const places = Math.ceil(ids.length / this.#columns) * this.#columns;
    for (let index = 0; index < places; index += 1) this.#draw(index);
  }

  refresh(index: number): void {
    this.#draw(index);
    this.links.dress(this.#ids[index] ?? "");
  }

  link(index: number): HTMLElement | null {
    const id = this.#ids[index];
    if (id === undefined) return null;
    const link = this.links.get(id);
    link.style.left = `${(index % this.#columns) * this.#pitch}px`;
    link.style.top = `${ABOVE + Math.floor(index / this.#columns) * this.#pitch}px`;
    if (link.parentElement !== this.element) this.element.append(link);
    return link;
  }

  linkAt(_target: Element, x: number, y: number): HTMLElement | null {
    const box = this.element.getBoundingClientRect();
    const column = Math.floor((x - box.left) / this.#pitch);
    if (column < 0 || column >= this.#columns) return null;
    return this.link(Math.floor((y - box.top - ABOVE) / this.#pitch) * this.#columns + column);
  }

  get #pitch(): number {
    return this.paint.fit.side + this.paint.fit.gap;
  }

  #resize(): void {
    const { gap } = this.paint.fit;
    const columns = Math.max(1, Math.floor((groupWidth(this.#ids.length, this.paint.fit) + gap) / this.#pitch));
    const rows = Math.ceil(this.#ids.length / columns);
    const bands = columns === this.#columns ? Math.ceil(rows / BAND_ROWS) : 0;
    for (const band of this.#bands.splice(bands)) band.canvas.remove();
    this.#columns = columns;
    for (let first = 0; first < rows; first += BAND_ROWS) this.#band(first / BAND_ROWS).resize(Math.min(BAND_ROWS, rows - first));
  }

  #band(number: number): Band {
    const band = this.#bands[number] ?? new Band(this.#columns, this.paint);
    if (this.#bands[number] !== undefined) return band;
    this.#bands.push(band);
    this.element.append(band.canvas);
    return band;
  }

  #draw(index: number): void {
    const id = this.#ids[index];
    const places = BAND_ROWS * this.#columns;
    this.#bands[Math.floor(index / places)]?.draw(index % places, id === undefined ? null : this.paint.face(id));
  }
}

/** Some rows of tiles on one canvas. Only what differs is drawn. */
class Band {
  readonly canvas = document.createElement("canvas");
  readonly #pen = this.canvas.getContext("2d");
  #faces: (ServiceGroup | null)[] = [];
  #rows = 0;

  constructor(
    private readonly columns: number,
    private readonly paint: Paint,
  ) {
    this.canvas.setAttribute("aria-hidden", "true");
  }

  /** A canvas of another size is an empty one. */
  resize(rows: number): void {
    if (rows === this.#rows) return;
    const { side, gap, ratio } = this.paint.fit;
    const [width, height] = [this.columns * (side + gap), rows * (side + gap)];
    this.#rows = rows;
    this.#faces = [];
    Object.assign(this.canvas, { width: Math.ceil(width * ratio), height: Math.ceil(height * ratio) });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.#pen?.scale(ratio, ratio);
  }

  draw(place: number, face: ServiceGroup | null): void {
    if ((this.#faces[place] ?? null) === face) return;
    this.#faces[place] = face;
    const { side, gap } = this.paint.fit;
    const [x, y] = [(place % this.columns) * (side + gap), Math.floor(place / this.columns) * (side + gap)];
    this.#pen?.clearRect(x, y, side, side);
    if (face !== null) this.#pen?.drawImage(this.paint.sprites[face], x, y, side, side);
  }
}
