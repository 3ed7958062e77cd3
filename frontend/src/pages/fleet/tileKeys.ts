/** The tile that a key leads to from another; null for keys that lead nowhere. */
export function nextTile(tile: HTMLElement, { key, ctrlKey }: { key: string; ctrlKey: boolean }): HTMLElement | null {
  const group = tile.parentElement;
  if (group === null) return null;
  if (key === "ArrowRight") return (tile.nextElementSibling as HTMLElement | null) ?? end(beside(group, 1), "first");
  if (key === "ArrowLeft") return (tile.previousElementSibling as HTMLElement | null) ?? end(beside(group, -1), "last");
  if (key === "ArrowDown") return below(tile, group);
  if (key === "ArrowUp") return above(tile, group);
  if (key !== "Home" && key !== "End") return null;
  return end(ctrlKey ? outermost(group, key) : group, key === "Home" ? "first" : "last");
}

function below(tile: HTMLElement, group: Element): HTMLElement | null {
  const tiles = group.children;
  const columns = columnsOf(group);
  const index = Array.prototype.indexOf.call(tiles, tile);
  const under = tiles[index + columns] as HTMLElement | undefined;
  if (under !== undefined) return under;
  const lastRow = Math.floor((tiles.length - 1) / columns) * columns;
  if (index < lastRow) return end(group, "last");
  const next = beside(group, 1);
  return next === null ? null : (next.children[Math.min(index % columns, next.children.length - 1)] as HTMLElement);
}

function above(tile: HTMLElement, group: Element): HTMLElement | null {
  const columns = columnsOf(group);
  const index = Array.prototype.indexOf.call(group.children, tile);
  if (index >= columns) return group.children[index - columns] as HTMLElement;
  const previous = beside(group, -1);
  if (previous === null) return null;
  const count = previous.children.length;
  const lastRow = Math.floor((count - 1) / columnsOf(previous)) * columnsOf(previous);
  return previous.children[Math.min(lastRow + index, count - 1)] as HTMLElement;
}

/** How many tiles stand side by side. */
function columnsOf(group: Element): number {
  const [first, ...others] = group.children as unknown as Iterable<HTMLElement>;
  const breaks = others.findIndex((tile) => tile.offsetTop !== first?.offsetTop);
  return breaks < 0 ? others.length + 1 : breaks + 1;
}

/** The tiles of the next group, or of the one before. */
function beside(group: Element, step: 1 | -1): Element | null {
  const all = groups(group);
  return all[all.indexOf(group) + step] ?? null;
}

function outermost(group: Element, key: "Home" | "End"): Element | null {
  return groups(group).at(key === "Home" ? 0 : -1) ?? null;
}

function groups(group: Element): Element[] {
  return [...(group.closest(".map")?.querySelectorAll(".map__tiles") ?? [])];
}

function end(group: Element | null, which: "first" | "last"): HTMLElement | null {
  const tile = which === "first" ? group?.firstElementChild : group?.lastElementChild;
  return (tile as HTMLElement | null | undefined) ?? null;
}
