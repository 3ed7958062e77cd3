/** The tiles of one group of the map, in the order in which they were shown last. */
export interface Tiles {
  readonly element: HTMLElement;
  /** How many stand side by side. */
  readonly columns: number;
  /** Shows these services in this order. */
  show(ids: readonly string[]): void;
  /** The service at this place looks different now. */
  refresh(index: number): void;
  /** The link that is, or lies over, the tile at this place. */
  link(index: number): HTMLElement | null;
  /** The link for this point of the window, met on this element; null between tiles. */
  linkAt(target: Element, x: number, y: number): HTMLElement | null;
}

/** The box that holds them. */
export function tileBox(): HTMLElement {
  const box = document.createElement("div");
  box.className = "map__tiles";
  box.setAttribute("role", "group");
  return box;
}

/** Brings the children into this order, and moves no more than are out of it. */
export function inOrder(parent: Element, children: readonly Element[]): void {
  let at = parent.firstElementChild;
  for (const child of children) {
    if (at === child) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
}
