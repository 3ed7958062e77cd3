import { describe, expect, it } from "vitest";
import { nextPlace, type Place, type Sheet } from "../src/pages/fleet/tileKeys";

/** Three groups: two full rows of four and one tile; one short row; a single column. */
const SHEETS: readonly Sheet[] = [
  { count: 9, columns: 4 },
  { count: 3, columns: 4 },
  { count: 2, columns: 1 },
];

function led(key: string, group: number, index: number, ctrlKey = false): [number, number] | null {
  const place: Place | null = nextPlace(SHEETS, { group, index }, { key, ctrlKey });
  return place === null ? null : [place.group, place.index];
}

describe("keys on the map", () => {
  it("go along the row and over into the next group", () => {
    expect(led("ArrowRight", 0, 3)).toEqual([0, 4]);
    expect(led("ArrowRight", 0, 8)).toEqual([1, 0]);
    expect(led("ArrowLeft", 1, 0)).toEqual([0, 8]);
    expect(led("ArrowLeft", 0, 0)).toBeNull();
    expect(led("ArrowRight", 2, 1)).toBeNull();
  });

  it("keep the column, as far as there is one", () => {
    expect(led("ArrowDown", 0, 1)).toEqual([0, 5]);
    expect(led("ArrowDown", 0, 6)).toEqual([0, 8]);
    expect(led("ArrowDown", 0, 8)).toEqual([1, 0]);
    expect(led("ArrowDown", 1, 2)).toEqual([2, 0]);
    expect(led("ArrowDown", 2, 1)).toBeNull();
    expect(led("ArrowUp", 0, 5)).toEqual([0, 1]);
    expect(led("ArrowUp", 1, 2)).toEqual([0, 8]);
    expect(led("ArrowUp", 2, 0)).toEqual([1, 0]);
    expect(led("ArrowUp", 0, 3)).toBeNull();
  });

  it("jump to the ends of the group, or of the map", () => {
    expect(led("Home", 1, 2)).toEqual([1, 0]);
    expect(led("End", 0, 2)).toEqual([0, 8]);
    expect(led("Home", 1, 2, true)).toEqual([0, 0]);
    expect(led("End", 0, 2, true)).toEqual([2, 1]);
  });

  it("that mean something else lead nowhere", () => {
    expect(led("Enter", 0, 0)).toBeNull();
    expect(led("ArrowRight", 7, 0)).toBeNull();
  });
});
