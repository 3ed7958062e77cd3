import { Batch } from "../../store/batch";
import { serviceGroup, type ServiceGroup } from "../../store/fleet";
import { MapPlanner, placeOf, type Grouping, type MapGroup } from "../../store/fleetMap";
import { atMostEvery } from "../../store/pace";
import type { ViewStore } from "../../store/viewStore";
import type { ServiceRow } from "../../wire/frames";
import { GroupBox, type GroupHead } from "./groupBox";
import { nextTile } from "./tileKeys";
import { fitTiles } from "./tileSize";

/** How often tiles change their looks, and how often they move. */
const FACES_MS = 200;
const PLAN_MS = 1_000;
/** Nothing moves away under a pointer or a focus that has moved so shortly ago. */
const STILL_MS = 3_000;
/** Work at a stretch: a page with thousands of tiles is built between frames. */
const SLICE_MS = 8;
const STEPS = 100;

export interface MapTexts {
  /** The accessible name of a tile. */
  readonly tile: (row: ServiceRow) => string;
  readonly head: (group: MapGroup) => GroupHead;
}

interface Tile {
  readonly element: HTMLAnchorElement;
  box: GroupBox | null;
  face: ServiceGroup;
  place: string | null;
  reason: string;
  name: string;
}

/**
 * The tiles of all services, thousands of them. They are plain elements without React: what changes
 * in a row touches its one tile, and tiles move at a calmer pace.
 */
export class TileMap {
  readonly #tiles = new Map<string, Tile>();
  readonly #boxes = new Map<string, GroupBox>();
  readonly #plans = new Batch(() => this.#plan(), atMostEvery(PLAN_MS));
  readonly #planner: MapPlanner;
  #touched = -STILL_MS;
  #stopped = false;
  #named = false;
  #arranging: Iterator<void> | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly store: ViewStore,
    private readonly grouping: Grouping,
    private readonly texts: MapTexts,
  ) {
    this.#planner = new MapPlanner(grouping);
  }

  /** Draws, and goes on drawing until the answer is called. */
  start(): () => void {
    const faces = new Batch((keys) => this.#change(keys), atMostEvery(FACES_MS));
    const unlisten = this.store.listen((keys) => faces.add(keys));
    const sizes = new ResizeObserver(() => this.#fit());
    sizes.observe(this.root);
    this.#plans.add([]);
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

  /** Moves the focus as the key says; false for keys that lead nowhere. */
  key(event: { key: string; ctrlKey: boolean; target: EventTarget }): boolean {
    const next = event.target instanceof HTMLElement && event.target.dataset.id !== undefined ? nextTile(event.target, event) : null;
    next?.focus();
    return next !== null;
  }

  /** The tile that is reached with Tab. */
  stop(tile: HTMLElement): void {
    this.root.querySelector('.tile[tabindex="0"]')?.setAttribute("tabindex", "-1");
    tile.tabIndex = 0;
  }

  #change(keys: ReadonlySet<string>): void {
    if (this.#stopped) return;
    let moved = false;
    for (const key of keys) moved = this.#refresh(key) || moved;
    if (moved) this.#plans.add([]);
  }

  /** True when the tile may have to be elsewhere. */
  #refresh(key: string): boolean {
    const row = this.store.row(key);
    const tile = this.#tiles.get(key);
    if (row?.kind !== "service") return tile !== undefined;
    return tile === undefined || this.#dress(tile, row);
  }

  #dress(tile: Tile, row: ServiceRow): boolean {
    const face = serviceGroup(row);
    const place = placeOf(row, this.grouping);
    const moves = face !== tile.face || place !== tile.place || row.name !== tile.name;
    if (!moves && row.statusReason === tile.reason) return false;
    Object.assign(tile, { face, place, name: row.name, reason: row.statusReason });
    tile.element.className = `tile face-${face}`;
    tile.element.setAttribute("aria-label", this.texts.tile(row));
    if (this.#named) tile.element.textContent = row.name;
    return moves;
  }

  #plan(): void {
    if (this.#stopped) return;
    const wait = this.#touched + STILL_MS - performance.now();
    if (wait > 0) setTimeout(() => this.#plans.add([]), wait);
    else this.#arrange(this.#planner.plan(this.store.view));
  }

  #arrange(groups: readonly MapGroup[]): void {
    this.#fit();
    const work = this.#steps(groups);
    this.#arranging = work;
    this.#advance(work);
  }

  /** Goes on until it is done, or a newer plan is. */
  #advance(work: Iterator<void>): void {
    const focused = document.activeElement;
    const until = performance.now() + SLICE_MS;
    let done = false;
    while (!done && performance.now() < until) done = work.next().done === true;
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true });
    if (!done) setTimeout(() => this.#arranging === work && !this.#stopped && this.#advance(work));
  }

  *#steps(groups: readonly MapGroup[]): Generator<void> {
    this.#forget();
    const boxes = groups.map((group) => this.#box(group));
    this.#order(boxes);
    for (const [index, box] of boxes.entries()) yield* this.#assign(groups[index]?.ids ?? [], box);
    for (const [index, box] of boxes.entries()) yield* this.#fill(groups[index]?.ids ?? [], box);
    const first = this.root.querySelector<HTMLElement>(".tile");
    if (first !== null && this.root.querySelector('.tile[tabindex="0"]') === null) this.stop(first);
  }

  /** Takes out the tiles of services that are gone. */
  #forget(): void {
    for (const [id, { element }] of this.#tiles) {
      if (this.store.row(id) !== undefined) continue;
      element.remove();
      this.#tiles.delete(id);
    }
  }

  #box(group: MapGroup): GroupBox {
    const box = this.#boxes.get(group.key) ?? new GroupBox();
    this.#boxes.set(group.key, box);
    box.update(this.texts.head(group), group);
    return box;
  }

  #order(boxes: readonly GroupBox[]): void {
    for (const [key, box] of this.#boxes) {
      if (boxes.includes(box)) continue;
      box.element.remove();
      this.#boxes.delete(key);
    }
    inOrder(this.root, boxes.map(({ element }) => element)).next();
  }

  /** Makes the tiles that are new, and takes out those that come from another group. */
  *#assign(ids: readonly string[], box: GroupBox): Generator<void> {
    for (const [index, id] of ids.entries()) {
      if (index % STEPS === STEPS - 1) yield;
      const tile = this.#tiles.get(id) ?? this.#make(id);
      if (tile === null || tile.box === box) continue;
      tile.element.remove();
      tile.box = box;
    }
  }

  #fill(ids: readonly string[], box: GroupBox): Generator<void> {
    const elements = ids.flatMap((id) => this.#tiles.get(id)?.element ?? []);
    return inOrder(box.tiles, elements);
  }

  #make(id: string): Tile | null {
    const row = this.store.row(id);
    if (row?.kind !== "service") return null;
    const element = document.createElement("a");
    element.href = `/services/${id}`;
    element.dataset.id = id;
    element.tabIndex = -1;
    const tile: Tile = { element, box: null, face: "UNKNOWN", place: null, reason: "", name: "" };
    this.#tiles.set(id, tile);
    this.#dress(tile, row);
    return tile;
  }

  /** The more tiles, the smaller; few have their names on them. */
  #fit(): void {
    const named = fitTiles(this.root, this.#count());
    if (named === this.#named) return;
    this.#named = named;
    for (const { element, name } of this.#tiles.values()) element.textContent = named ? name : "";
  }

  #count(): number {
    let count = 0;
    for (const row of this.store.view.rows.values()) if (row.kind === "service") count += 1;
    return count;
  }
}

/** Brings the children into this order, and moves no more than are out of it. */
function* inOrder(parent: Element, children: readonly Element[]): Generator<void> {
  let at = parent.firstElementChild;
  for (const [index, child] of children.entries()) {
    if (index % STEPS === STEPS - 1) yield;
    if (at === child) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
}
