import type { ServiceGroup } from "../../store/fleet";
import type { Tiles } from "./tiles";

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
  readonly #head = document.createElement("h3");
  #shown = "";
  #width: number | null = null;

  constructor(readonly tiles: Tiles) {
    this.element.className = "map__group";
    this.#head.className = "map__head";
    this.element.append(this.#head, tiles.element);
  }

  /** `width` in CSS pixels; null for all there is. */
  update(head: GroupHead, width: number | null): void {
    if (width !== this.#width) this.element.style.width = width === null ? "" : `${width}px`;
    this.#width = width;
    const shown = JSON.stringify(head);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.tiles.element.setAttribute("aria-label", [head.title, head.count, head.trouble].filter((part) => part !== null).join(", "));
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
