import { Batch } from "../../store/batch";
import { serviceGroup, type ServiceGroup } from "../../store/fleet";
import { MapPlanner, placeOf, type Grouping, type MapGroup } from "../../store/fleetMap";
import { atMostEvery } from "../../store/pace";
import type { ViewStore } from "../../store/viewStore";
import type { ServiceRow } from "../../wire/frames";
import { DrawnTiles, type Paint } from "./drawnTiles";
import { sprites } from "./glyphs";
import { GroupBox, type GroupHead } from "./groupBox";
import { NamedTiles } from "./namedTiles";
import { nextPlace } from "./tileKeys";
import { TileLinks } from "./tileLinks";
import { inOrder, type Tiles } from "./tiles";
import { fitTiles, groupWidth, sameFit, type Fit } from "./tileSize";

/** How often tiles change their looks, and how often they move. */
const FACES_MS = 250;
const PLAN_MS = 1_000;
/** Nothing moves away under a pointer or a focus that has moved so shortly ago. */
const STILL_MS = 3_000;

export interface MapTexts {
  /** The accessible name of a tile. */
  readonly tile: (row: ServiceRow) => string;
  readonly head: (group: MapGroup) => GroupHead;
}

/** What is shown of a service, and where. */
interface Tile extends Looks {
  group: number;
  index: number;
}

interface Looks {
  readonly face: ServiceGroup;
  readonly place: string | null;
  readonly reason: string;
  readonly name: string;
}

/**
 * The tiles of all services, thousands of them, without React: what changes in a row touches its one
 * tile, and tiles move at a calmer pace.
 */
export class TileMap {
  readonly #tiles = new Map<string, Tile>();
  readonly #links: TileLinks;
  readonly #planner: MapPlanner;
  readonly #plans = new Batch(() => this.#plan(), atMostEvery(PLAN_MS));
  readonly #boxes = new Map<string, GroupBox>();
  #groups: readonly MapGroup[] = [];
  #shown: readonly GroupBox[] = [];
  #paint: Paint | null = null;
  #pointed = "";
  #touched = -STILL_MS;
  #stopped = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly store: ViewStore,
    private readonly grouping: Grouping,
    private readonly texts: MapTexts,
  ) {
    this.#planner = new MapPlanner(grouping);
    this.#links = new TileLinks((id) => this.#service(id), texts.tile);
  }

  /** Draws, and goes on drawing until the answer is called. */
  start(): () => void {
    const faces = new Batch((keys) => this.#change(keys), atMostEvery(FACES_MS));
    const unlisten = this.store.listen((keys) => faces.add(keys));
    const sizes = new ResizeObserver(() => this.#resized());
    this.#plans.add([]);
    sizes.observe(this.root);
    return () => {
      this.#stopped = true;
      unlisten();
      sizes.disconnect();
      this.root.replaceChildren();
    };
  }

  /** The pointer or the focus is on the map. */
  touch(): void {
    this.#touched = performance.now();
  }

  /** The link of the tile at this point of the window; null where there is none. */
  linkAt(target: EventTarget, x: number, y: number): HTMLElement | null {
    if (!(target instanceof Element)) return null;
    const box = this.#shown.find(({ tiles }) => tiles.element.contains(target));
    const link = box?.tiles.linkAt(target, x, y) ?? null;
    this.#pointed = link?.dataset.id ?? "";
    this.#tidy();
    return link;
  }

  /** Moves the focus as the key says; false for keys that lead nowhere. */
  key(event: { key: string; ctrlKey: boolean; target: EventTarget }): boolean {
    const tile = this.#tiles.get(idOf(event.target));
    if (tile === undefined) return false;
    const sheets = this.#groups.map(({ ids }, group) => ({ count: ids.length, columns: this.#shown[group]?.tiles.columns ?? 1 }));
    const place = nextPlace(sheets, tile, event);
    if (place !== null) this.#shown[place.group]?.tiles.link(place.index)?.focus();
    return place !== null;
  }

  /** The tile of this service is focused: Tab comes back to it. */
  stop(id: string): void {
    this.#links.stopAt(id);
    this.#tidy();
  }

  #service(id: string): ServiceRow | undefined {
    const row = this.store.row(id);
    return row?.kind === "service" ? row : undefined;
  }

  #looks(row: ServiceRow): Looks {
    return { face: serviceGroup(row), place: placeOf(row, this.grouping), reason: row.statusReason, name: row.name };
  }

  #change(keys: ReadonlySet<string>): void {
    if (this.#stopped) return;
    let moved = false;
    for (const key of keys) moved = this.#refresh(key) || moved;
    if (moved) this.#plans.add([]);
  }

  /** True when the tile may have to be elsewhere. */
  #refresh(key: string): boolean {
    const row = this.#service(key);
    const tile = this.#tiles.get(key);
    if (row === undefined || tile === undefined) return row !== undefined || tile !== undefined;
    const looks = this.#looks(row);
    const moves = looks.face !== tile.face || looks.place !== tile.place || looks.name !== tile.name;
    if (!moves && looks.reason === tile.reason) return false;
    Object.assign(tile, looks);
    this.#shown[tile.group]?.tiles.refresh(tile.index);
    return moves;
  }

  #plan(): void {
    if (this.#stopped) return;
    const wait = this.#touched + STILL_MS - performance.now();
    if (wait > 0) setTimeout(() => this.#plans.add([]), wait);
    else this.#show(this.#planner.plan(this.store.view));
  }

  #resized(): void {
    if (this.#paint !== null && !sameFit(this.#paint.fit, this.#fit())) this.#show(this.#groups);
  }

  #show(groups: readonly MapGroup[]): void {
    const focused = document.activeElement;
    this.#groups = groups;
    this.#place();
    this.#measure();
    this.#shown = groups.map((group) => this.#box(group));
    this.#order();
    this.#lay();
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  /** Notes where each tile is; those of services that are gone are forgotten. */
  #place(): void {
    for (const id of this.#tiles.keys()) if (this.#service(id) === undefined) this.#tiles.delete(id);
    for (const [group, { ids }] of this.#groups.entries()) {
      for (const [index, id] of ids.entries()) {
        const row = this.#service(id);
        if (row !== undefined) this.#tiles.set(id, { ...this.#looks(row), group, index });
      }
    }
  }

  #fit(): Fit {
    return fitTiles(this.root, this.#groups.reduce((sum, { ids }) => sum + ids.length, 0));
  }

  /** Begins anew when the measures are others. */
  #measure(): void {
    const fit = this.#fit();
    if (this.#paint !== null && sameFit(this.#paint.fit, fit)) return;
    const face = (id: string): ServiceGroup => this.#tiles.get(id)?.face ?? "UNKNOWN";
    this.#paint = { fit, face, sprites: sprites(Math.round(fit.side * fit.ratio)) };
    this.root.dataset.tiles = fit.named ? "named" : "drawn";
    this.root.style.setProperty("--tile", `${fit.side}px`);
    this.#boxes.clear();
    this.root.replaceChildren();
  }

  #box(group: MapGroup): GroupBox {
    const box = this.#boxes.get(group.key) ?? new GroupBox(this.#newTiles());
    this.#boxes.set(group.key, box);
    const fit = this.#paint?.fit;
    box.update(this.texts.head(group), fit === undefined || fit.named ? null : groupWidth(group.ids.length, fit));
    box.tiles.show(group.ids);
    return box;
  }

  #newTiles(): Tiles {
    return this.#paint === null || this.#paint.fit.named ? new NamedTiles(this.#links) : new DrawnTiles(this.#links, this.#paint);
  }

  #order(): void {
    for (const [key, box] of this.#boxes) {
      if (this.#shown.includes(box)) continue;
      box.element.remove();
      this.#boxes.delete(key);
    }
    inOrder(this.root, this.#shown.map(({ element }) => element));
  }

  /** Brings the links there are to where their tiles are now. */
  #lay(): void {
    const first = this.#groups[0]?.ids[0];
    if (!this.#tiles.has(this.#links.stop) && first !== undefined) this.#links.stopAt(first);
    this.#tidy();
    for (const id of this.#links.made) {
      const tile = this.#tiles.get(id);
      if (tile !== undefined) this.#shown[tile.group]?.tiles.link(tile.index);
      this.#links.dress(id);
    }
  }

  /** Drawn tiles have a link only while it is of use. */
  #tidy(): void {
    const used = [this.#links.stop, this.#pointed, idOf(document.activeElement)];
    const drawn = this.#paint !== null && !this.#paint.fit.named;
    this.#links.keep((id) => this.#tiles.has(id) && (!drawn || used.includes(id)));
  }
}

function idOf(target: EventTarget | null): string {
  return target instanceof HTMLElement ? (target.dataset.id ?? "") : "";
}
