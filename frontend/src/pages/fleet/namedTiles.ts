import type { TileLinks } from "./tileLinks";
import { inOrder, tileBox, type Tiles } from "./tiles";

/** Few tiles: each is a link with a name on it, laid out by the browser. */
export class NamedTiles implements Tiles {
  readonly element = tileBox();
  #ids: readonly string[] = [];

  constructor(private readonly links: TileLinks) {}

  get columns(): number {
    const [first, ...others] = this.element.children as unknown as Iterable<HTMLElement>;
    const breaks = others.findIndex((tile) => tile.offsetTop !== first?.offsetTop);
    return breaks < 0 ? others.length + 1 : breaks + 1;
  }

  show(ids: readonly string[]): void {
    this.#ids = ids;
    inOrder(this.element, ids.map((id) => this.links.get(id)));
  }

  refresh(index: number): void {
    this.links.dress(this.#ids[index] ?? "");
  }

  link(index: number): HTMLElement | null {
    const id = this.#ids[index];
    return id === undefined ? null : this.links.get(id);
  }

  linkAt(target: Element): HTMLElement | null {
    return target.closest<HTMLElement>(".tile");
  }
}
