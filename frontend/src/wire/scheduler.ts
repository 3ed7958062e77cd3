/** Time as the wire sees it; tests pass a clock that is moved by hand. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `work` once after `milliseconds`; the answer calls it off. */
  after(milliseconds: number, work: () => void): () => void;
}

export const browserScheduler: Scheduler = {
  now: () => Date.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};
