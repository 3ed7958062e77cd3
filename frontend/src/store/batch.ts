/** Runs `work` once, soon; the answer tells nothing: a second call before that changes nothing. */
export type Defer = (work: () => void) => void;

/** How late a hidden page may be: nobody looks, and browsers draw no frames then. */
const HIDDEN_MS = 500;

/** With the next frame the browser draws, or a little later in a hidden page. */
export const nextFrame: Defer = (work) => {
  if (document.visibilityState === "visible") requestAnimationFrame(work);
  else setTimeout(work, HIDDEN_MS);
};

/** Collects keys and hands them on together. */
export class Batch {
  #keys = new Set<string>();
  #pending = false;

  constructor(
    private readonly deliver: (keys: ReadonlySet<string>) => void,
    private readonly defer: Defer,
  ) {}

  add(keys: Iterable<string>): void {
    for (const key of keys) this.#keys.add(key);
    if (this.#pending) return;
    this.#pending = true;
    this.defer(() => this.#flush());
  }

  #flush(): void {
    const keys = this.#keys;
    this.#keys = new Set();
    this.#pending = false;
    this.deliver(keys);
  }
}
