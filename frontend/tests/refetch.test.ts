import { expect, it } from "vitest";
import { watch } from "../src/api/refetch";
import { ViewStore } from "../src/store/viewStore";
import type { AuditRow, Row } from "../src/wire/frames";

const event = (id: string, action: string): AuditRow => ({ kind: "audit", id, action }) as AuditRow;

function followed(): ViewStore {
  return new ViewStore(
    () => () => undefined,
    () => () => undefined,
    (work) => work(),
  );
}

function fill(store: ViewStore, ...rows: Row[]): void {
  store.changed(store.view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows, done: true }));
}

function add(store: ViewStore, row: Row): void {
  const from = store.view.cursor?.revision ?? 0;
  store.changed(store.view.delta({ type: "delta", id: "1", from, revision: from + 1, upsert: [row], remove: [] }) ?? new Set());
}

it("tells of news that fit, and not of what was there before", () => {
  const store = followed();
  fill(store, event("1", "user.created"));
  let told = 0;
  watch(store, ["user."], () => (told += 1));
  add(store, event("2", "token.created"));
  expect(told).toBe(0);
  add(store, event("3", "user.updated"));
  expect(told).toBe(1);
});

it("tells once when the trail comes later than what was fetched, which may be older", () => {
  const store = followed();
  let told = 0;
  watch(store, ["user."], () => (told += 1));
  fill(store, event("1", "user.created"));
  expect(told).toBe(1);
  add(store, event("2", "token.created"));
  expect(told).toBe(1);
});
