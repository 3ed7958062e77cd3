import { lazy, Suspense, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Keyboard, type Stroke } from "./keys";
import { singleKeys } from "./singleKeys";

const Palette = lazy(async () => ({ default: (await import("../palette/Palette")).Palette }));
const KeyboardHelp = lazy(async () => ({ default: (await import("./KeyboardHelp")).KeyboardHelp }));

type Overlay = "palette" | "help";

/** Asks for an overlay from anywhere in the shell. */
export function openOverlay(overlay: Overlay): void {
  window.dispatchEvent(new CustomEvent(OPEN, { detail: overlay }));
}

const OPEN = "opstage:overlay";

/** What the keyboard does on every page, and what it opens. */
export function Shortcuts() {
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  useAsked(setOverlay);
  useKeyboard(setOverlay);
  const close = (): void => setOverlay(null);
  return (
    <Suspense fallback={null}>
      {overlay === "palette" && <Palette close={close} />}
      {overlay === "help" && <KeyboardHelp close={close} />}
    </Suspense>
  );
}

function useAsked(open: (overlay: Overlay) => void): void {
  useEffect(() => {
    const asked = (event: Event): void => open((event as CustomEvent<Overlay>).detail);
    window.addEventListener(OPEN, asked);
    return () => window.removeEventListener(OPEN, asked);
  }, [open]);
}

function useKeyboard(open: (overlay: Overlay) => void): void {
  const navigate = useNavigate();
  const keyboard = useRef(new Keyboard());
  const press = useEffectEvent((event: KeyboardEvent): void => {
    const deed = keyboard.current.press(strokeOf(event), singleKeys.on(), event.timeStamp);
    if (deed === null) return;
    if ("search" in deed && !focusSearch()) return;
    event.preventDefault();
    if ("open" in deed) open(deed.open);
    if ("go" in deed) void navigate(deed.go);
  });
  // Keys are heard from the moment at which the page is seen.
  useLayoutEffect(() => {
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

function strokeOf(event: KeyboardEvent): Stroke {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  const writing = target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select, [role=dialog] *"));
  return { key, ctrlKey, metaKey, altKey, writing };
}

/** The search field of the page, if it has one. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("main .toolbar__search input");
  field?.focus();
  return field !== null;
}
