const FIRST_MS = 1_000;
/** Somebody sits and waits, so it stays short; the server's admission control keeps a crowd apart. */
const CEILING_MS = 10_000;
/** A session this long was a good one, so the next loss starts again with short waits. */
const GOOD_SESSION_MS = 60_000;

/** How long to wait before the next attempt: full jitter, so that browsers do not come back in step. */
export class Backoff {
  #failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** Milliseconds to wait; never less than `floorMs`, which the server may ask for. */
  next(floorMs = 0): number {
    const ceiling = Math.min(CEILING_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(floorMs, this.random() * ceiling);
  }

  /** Tells how long the session that just ended had lasted. */
  ended(sessionMs: number): void {
    if (sessionMs >= GOOD_SESSION_MS) this.reset();
  }

  reset(): void {
    this.#failures = 0;
  }
}
