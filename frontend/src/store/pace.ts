import { browserScheduler, type Scheduler } from "../wire/scheduler";
import type { Defer } from "./batch";

/** At once after a rest; otherwise as soon as `milliseconds` have passed since the time before. */
export function atMostEvery(milliseconds: number, scheduler: Scheduler = browserScheduler): Defer {
  let next = 0;
  return (work) => {
    const run = (): void => {
      next = scheduler.now() + milliseconds;
      work();
    };
    const wait = next - scheduler.now();
    if (wait > 0) scheduler.after(wait, run);
    else run();
  };
}
