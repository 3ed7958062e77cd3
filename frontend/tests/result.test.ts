import { describe, expect, it } from "vitest";
import { readBack } from "../src/components/back";
import { humanise } from "../src/components/humanise";
import { readFields } from "../src/components/result/fields";
import { fillIn, hasActions, openAction, readActions } from "../src/components/result/resultAction";

const ROW = { id: 7, name: "Ada", owner: { mail: "a@example" }, tags: ["x"], off: false, none: null };

describe("values of a row in a payload", () => {
  it("replace texts that are exactly a path, at any depth", () => {
    const payload = { account: "$row.id", to: { mail: "$row.owner.mail" }, all: ["$row.name", { again: "$row.off" }] };
    expect(fillIn(payload, ROW)).toEqual({ account: 7, to: { mail: "a@example" }, all: ["Ada", { again: false }] });
  });

  it("keep their kind", () => {
    expect(fillIn({ tags: "$row.tags", none: "$row.none", owner: "$row.owner" }, ROW)).toEqual({ tags: ["x"], none: null, owner: ROW.owner });
  });

  it("leave other texts and values alone", () => {
    const payload = { text: "see $row.id", bare: "$row", price: "$rows.id", count: 3, yes: true };
    expect(fillIn(payload, ROW)).toEqual(payload);
  });

  it("leave out what the row does not have", () => {
    expect(fillIn({ a: "$row.missing", b: "$row.name.deeper", c: 1 }, ROW)).toEqual({ c: 1 });
  });
});

describe("buttons of results", () => {
  it("are read as declared, and what is no button is left out", () => {
    const declared = [{ label: "Show", action: "show", payload: { id: "$row.id" } }, { label: "Nothing" }, { action: "drop", danger: true }];
    expect(readActions(declared)).toEqual([
      { label: "Show", action: "show", payload: { id: "$row.id" }, danger: false, confirm: false },
      { label: "drop", action: "drop", payload: {}, danger: true, confirm: false },
    ]);
    expect(readActions("show")).toEqual([]);
  });

  it("open their action with the payload filled in", () => {
    const [show] = readActions([{ action: "show", payload: { id: "$row.id" } }]);
    expect(show && openAction(show, ROW)).toEqual({ name: "show", overlay: { id: 7 }, detail: null, confirm: false });
  });

  it("do not send the detail, but show it", () => {
    const detail = { title: "$row.name", data: { mail: "$row.owner.mail" } };
    const [show] = readActions([{ action: "show", payload: { id: 1, __detail: detail } }]);
    expect(show && openAction(show, ROW)).toEqual({ name: "show", overlay: { id: 1 }, detail: { title: "Ada", data: { mail: "a@example" } }, confirm: false });
  });

  it("show a detail without a frame as a card too", () => {
    const [show] = readActions([{ action: "show", payload: { __detail: "$row.owner" } }]);
    expect(show && openAction(show, ROW).detail).toEqual({ data: ROW.owner });
  });

  it("fill in nothing where there is no row", () => {
    const [all] = readActions([{ action: "all", payload: { id: "$row.id" } }]);
    expect(all && openAction(all, null).overlay).toEqual({ id: "$row.id" });
  });

  it("are found in lists and details", () => {
    const button = [{ action: "a" }];
    expect(hasActions({ list: { data: [], rowActions: button } })).toBe(true);
    expect(hasActions({ list: { data: [], pageActions: button } })).toBe(true);
    expect(hasActions({ detail: { data: {}, actions: button } })).toBe(true);
    expect(hasActions({ list: { data: [] }, detail: {}, rowActions: button })).toBe(false);
  });
});

describe("labels", () => {
  it.each([
    ["perMinute", "Per minute"],
    ["newlyBroken", "Newly broken"],
    ["last_round_at", "Last round at"],
    ["owner.mail", "Owner mail"],
    ["baseURL", "Base URL"],
    ["HTTPStatus", "HTTP status"],
    ["p95Ms", "P95 ms"],
    ["links", "Links"],
    ["已完成", "已完成"],
  ])("make %s readable as %s", (key, label) => {
    expect(humanise(key)).toBe(label);
  });

  it("are those of the author where there are any", () => {
    expect(readFields([{ key: "perMinute" }, { key: "id", label: "Number", format: "code", copyable: true }])).toEqual([
      { key: "perMinute", label: "Per minute", raw: "perMinute", format: "", copyable: false, ellipsis: false },
      { key: "id", label: "Number", raw: undefined, format: "code", copyable: true, ellipsis: false },
    ]);
  });
});

describe("the way back", () => {
  it("is what the page before noted", () => {
    expect(readBack({ back: { to: "/services/svc_1?tab=commands", label: "Mailbox" } })).toEqual({ to: "/services/svc_1?tab=commands", label: "Mailbox" });
  });

  it("knows the way back from there", () => {
    const back = { to: "/commands/cmd_1", label: "List", back: { to: "/services/svc_1", label: "Mailbox" } };
    expect(readBack({ back })).toEqual(back);
    expect(readBack({ back: { ...back, back: { to: "elsewhere", label: "x" } } })).toEqual({ to: "/commands/cmd_1", label: "List" });
  });

  it.each([[null], [{}], [{ back: { to: "/", label: "" } }], [{ back: { to: "//evil.example", label: "x" } }], [{ back: { to: "https://evil.example", label: "x" } }]])(
    "is not known from %j",
    (state) => {
      expect(readBack(state)).toBeNull();
    },
  );
});
