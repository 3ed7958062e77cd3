import { expect, it } from "vitest";
import { atMostEvery } from "../src/store/pace";
import { HandClock } from "./support/clock";

it("runs at once after a rest, and then as often as it may", () => {
  const clock = new HandClock();
  const ran: number[] = [];
  const defer = atMostEvery(100, clock);
  const work = (): void => void ran.push(clock.now());
  const start = clock.now();
  defer(work);
  clock.advance(30);
  defer(work);
  clock.advance(200);
  defer(work);
  expect(ran.map((time) => time - start)).toEqual([0, 100, 230]);
});
