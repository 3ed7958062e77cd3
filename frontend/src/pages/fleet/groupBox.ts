import type { MapGroup } from "../../store/fleetMap";
import type { ServiceGroup } from "../../store/fleet";

/** What stands above the tiles of a group. */
export interface GroupHead {
  readonly title: string;
  readonly count: string;
  /** How many need attention; null when that goes without saying. */
  readonly trouble: string | null;
  /** Where all of them are listed. */
  readonly link: string | null;
  /** The shape, when all tiles have the same. */
  readonly face: ServiceGroup | null;
}

/** A group of tiles on the map, with its heading. */
export class GroupBox {
  readonly element = document.createElement("section");
  readonly tiles = document.createElement("div");
  readonly #head = document.createElement("h3");
  #shown = "";

  constructor() {
    this.element.className = "map__group";
    this.#head.className = "map__head";
    this.tiles.className = "map__tiles";
    this.tiles.setAttribute("role", "group");
    this.element.append(this.#head, this.tiles);
  }

  update(head: GroupHead, group: MapGroup): void {
    const shown = JSON.stringify(head);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.style.setProperty("--count", String(group.ids.length));
    this.tiles.setAttribute("aria-label", [head.title, head.count, head.trouble].filter((part) => part !== null).join(", "));
    this.#head.replaceChildren(...parts(head));
  }
}

function parts({ title, count, trouble, link, face }: GroupHead): Node[] {
  const name = link === null ? made("span", "map__title", title) : linked(link, title);
  const sign = face === null ? [] : [made("span", `glyph face-${face}`, "")];
  const wrong = trouble === null ? [] : [made("span", "map__trouble", trouble)];
  return [...sign, name, made("span", "map__count", count), ...wrong];
}

function linked(href: string, title: string): HTMLElement {
  const link = made("a", "map__title", title);
  link.setAttribute("href", href);
  return link;
}

function made(tag: "a" | "span", className: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
