import { deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import type { OperatorDown } from "../src/wire/frames";
import { Inbox } from "../src/wire/inbox";

function packed(frame: OperatorDown): ArrayBuffer {
  return new Uint8Array(deflateRawSync(JSON.stringify(frame))).buffer;
}

const mark = (revision: number): OperatorDown => ({ type: "mark", id: "1", revision });

function collect(count: number): { inbox: Inbox; all: Promise<number[]> } {
  const seen: number[] = [];
  let done: (revisions: number[]) => void;
  let fail: (error: unknown) => void;
  const all = new Promise<number[]>((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  const inbox = new Inbox(
    (frame) => {
      if (frame.type === "mark") seen.push(frame.revision);
      if (seen.length === count) done(seen);
    },
    (error) => fail(error),
  );
  return { inbox, all };
}

it("delivers plain frames at once", () => {
  const seen: OperatorDown[] = [];
  new Inbox((frame) => seen.push(frame), () => undefined).push(JSON.stringify(mark(1)));
  expect(seen).toEqual([mark(1)]);
});

it("keeps the order when compressed and plain frames are mixed", async () => {
  const { inbox, all } = collect(6);
  for (let revision = 0; revision < 6; revision += 1) {
    inbox.push(revision % 2 === 0 ? packed(mark(revision)) : JSON.stringify(mark(revision)));
  }
  expect(await all).toEqual([0, 1, 2, 3, 4, 5]);
});

it("reports bytes that cannot be inflated", async () => {
  const { inbox, all } = collect(1);
  inbox.push(new Uint8Array([255, 255, 255, 255]).buffer);
  await expect(all).rejects.toThrow();
});

it("reports text that is not JSON", async () => {
  const { inbox, all } = collect(1);
  inbox.push("{");
  await expect(all).rejects.toThrow(SyntaxError);
});

it("complains of nothing after it was closed", async () => {
  const complaints: unknown[] = [];
  const inbox = new Inbox(() => undefined, (error) => complaints.push(error));
  const other = collect(1);
  inbox.push(new Uint8Array([255, 255, 255, 255]).buffer);
  inbox.close();
  other.inbox.push(new Uint8Array([255, 255, 255, 255]).buffer);
  await expect(other.all).rejects.toThrow();
  expect(complaints).toEqual([]);
});

it("delivers nothing after it was closed", async () => {
  const { inbox, all } = collect(1);
  const other = collect(1);
  inbox.push(packed(mark(1)));
  inbox.close();
  other.inbox.push(packed(mark(2)));
  await other.all;
  inbox.push(JSON.stringify(mark(3)));
  const first = await Promise.race([all, Promise.resolve("nothing")]);
  expect(first).toBe("nothing");
});
