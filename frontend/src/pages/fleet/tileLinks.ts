import { serviceGroup } from "../../store/fleet";
import type { ServiceRow } from "../../wire/frames";

/** The links to services, made when they are asked for. One of them is reached with Tab. */
export class TileLinks {
  readonly #made = new Map<string, HTMLAnchorElement>();
  #stop = "";

  constructor(
    private readonly row: (id: string) => ServiceRow | undefined,
    private readonly text: (row: ServiceRow) => string,
  ) {}

  get made(): readonly string[] {
    return [...this.#made.keys()];
  }

  /** The service whose link is reached with Tab. */
  get stop(): string {
    return this.#stop;
  }

  get(id: string): HTMLAnchorElement {
    const link = this.#made.get(id) ?? document.createElement("a");
    if (this.#made.has(id)) return link;
    this.#made.set(id, link);
    link.href = `/services/${id}`;
    link.dataset.id = id;
    link.tabIndex = id === this.#stop ? 0 : -1;
    this.dress(id);
    return link;
  }

  /** Brings the looks and the name of a link up to date, if it is made. */
  dress(id: string): void {
    const link = this.#made.get(id);
    const row = this.row(id);
    if (link === undefined || row === undefined) return;
    link.className = `tile face-${serviceGroup(row)}`;
    link.setAttribute("aria-label", this.text(row));
    if (link.textContent !== row.name) link.textContent = row.name;
  }

  /** Tab comes to this one from now on. */
  stopAt(id: string): void {
    const before = this.#made.get(this.#stop);
    if (before !== undefined) before.tabIndex = -1;
    this.#stop = id;
    this.get(id).tabIndex = 0;
  }

  /** Takes out the links that are not wanted. */
  keep(wanted: (id: string) => boolean): void {
    for (const [id, link] of this.#made) {
      if (wanted(id)) continue;
      link.remove();
      this.#made.delete(id);
    }
  }
}
