type Listener = () => void;

/**
 * One clock for everything that shows an age. It ticks once a second while somebody listens, and
 * follows the server's time, so that a wrong clock on this machine does not make rows look old.
 */
class SharedClock {
  #skewMs = 0;
  #timer: ReturnType<typeof setInterval> | null = null;
  readonly #listeners = new Set<Listener>();

  /** Server time, milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#skewMs;
  }

  /** Tells what time the server said it is right now. */
  set(serverTime: string): void {
    const server = Date.parse(serverTime);
    if (!Number.isNaN(server)) this.#skewMs = server - Date.now();
  }

  readonly listen = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#listeners.forEach((one) => one()), 1000);
    return () => this.#forget(listener);
  };

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

export const clock = new SharedClock();
