import { describe, expect, it } from "vitest";
import { Keyboard, type Stroke } from "../src/components/keyboard/keys";

const plain = (key: string): Stroke => ({ key, ctrlKey: false, metaKey: false, altKey: false, writing: false });

describe("the keyboard", () => {
  it("opens the palette with Ctrl or ⌘, in a field too", () => {
    const keyboard = new Keyboard();
    expect(keyboard.press({ ...plain("k"), ctrlKey: true, writing: true }, false, 0)).toEqual({ open: "palette" });
    expect(keyboard.press({ ...plain("K"), metaKey: true }, true, 0)).toEqual({ open: "palette" });
    expect(keyboard.press(plain("k"), true, 0)).toBeNull();
  });

  it("goes to a page with two keys, the second one soon", () => {
    const keyboard = new Keyboard();
    expect(keyboard.press(plain("g"), true, 0)).toBeNull();
    expect(keyboard.press(plain("s"), true, 900)).toEqual({ go: "/services" });
    expect(keyboard.press(plain("s"), true, 1000)).toBeNull();
    keyboard.press(plain("g"), true, 2000);
    expect(keyboard.press(plain("s"), true, 9000)).toBeNull();
    keyboard.press(plain("g"), true, 9000);
    expect(keyboard.press(plain("toString"), true, 9001)).toBeNull();
  });

  it("leaves keys alone where they write, and when they are turned off", () => {
    const keyboard = new Keyboard();
    expect(keyboard.press({ ...plain("?"), writing: true }, true, 0)).toBeNull();
    expect(keyboard.press(plain("?"), false, 0)).toBeNull();
    expect(keyboard.press({ ...plain("/"), altKey: true }, true, 0)).toBeNull();
    expect(keyboard.press(plain("?"), true, 0)).toEqual({ open: "help" });
    expect(keyboard.press(plain("/"), true, 0)).toEqual({ search: true });
  });
});
