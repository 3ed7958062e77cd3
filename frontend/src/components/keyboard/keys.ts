/** Where `g` and a second key lead to. */
export const PLACES = {
  f: "/",
  s: "/services",
  a: "/agents",
  c: "/commands",
  r: "/runs",
  u: "/audit",
  t: "/tokens",
} as const;

type Deed = { readonly open: "palette" | "help" } | { readonly go: string } | { readonly search: true };

/** The part of a keyboard event that counts. */
export interface Stroke {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** True in a field, where keys write. */
  readonly writing: boolean;
}

/** After `g` the second key has to come within this time. */
const SECOND_KEY_MS = 1500;

/** Makes deeds out of keys. Keys without a modifier count only outside of fields, and while `single` allows them. */
export class Keyboard {
  #wentAt = Number.NEGATIVE_INFINITY;

  /** What the stroke asks for; `now` is when it was made, in milliseconds. */
  press(stroke: Stroke, single: boolean, now: number): Deed | null {
    const command = stroke.ctrlKey || stroke.metaKey;
    if (command && stroke.key.toLowerCase() === "k") return { open: "palette" };
    if (command || stroke.altKey || stroke.writing || !single) return null;
    const going = now - this.#wentAt < SECOND_KEY_MS;
    this.#wentAt = stroke.key === "g" ? now : Number.NEGATIVE_INFINITY;
    return going ? place(stroke.key) : alone(stroke.key);
  }
}

function place(key: string): Deed | null {
  return Object.hasOwn(PLACES, key) ? { go: PLACES[key as keyof typeof PLACES] } : null;
}

function alone(key: string): Deed | null {
  if (key === "?") return { open: "help" };
  return key === "/" ? { search: true } : null;
}
