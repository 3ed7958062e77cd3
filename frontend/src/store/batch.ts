/** Runs `work` once, soon; the answer tells nothing: a second call before that changes nothing. */
export type Defer = (work: () => void) => void;

/**
 * With the next frame the browser draws. A hidden page draws none, and its timers may sleep for a
 * minute: there it is run at once, for changes come a few times a second at most.
 */
export const nextFrame: Defer = (work) => {
  if (document.visibilityState !== "visible") {
    queueMicrotask(work);
    return;
  }
  const run = (): void => {
    cancelAnimationFrame(frame);
    document.removeEventListener("visibilitychange", run);
    work();
  };
  const frame = requestAnimationFrame(run);
  document.addEventListener("visibilitychange", run);
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
