import { useEffect, useMemo } from "react";
import { createPortal } from "react-dom";
import { ServiceReason, ServiceWord } from "../../components/ServiceReason";
import { ServiceTag } from "../../components/StatusTag";
import { useRow } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** What is told about, and where it is on the screen. */
export interface Tip {
  readonly id: string;
  readonly at: DOMRect;
}

/** Opens and closes the tip. */
export interface Hold {
  readonly show: (tip: Tip) => void;
  readonly close: () => void;
  /** After a moment, so that the pointer can go over to the tip, which then keeps it. */
  readonly closeSoon: () => void;
  readonly keep: () => void;
}

const SOON_MS = 200;

export function useHold(setTip: (tip: Tip | null) => void): Hold {
  return useMemo(() => {
    let closing: ReturnType<typeof setTimeout> | undefined;
    const change = (tip: Tip | null): void => {
      clearTimeout(closing);
      setTip(tip);
    };
    const closeSoon = (): void => {
      clearTimeout(closing);
      closing = setTimeout(() => setTip(null), SOON_MS);
    };
    return { show: change, close: () => change(null), closeSoon, keep: () => clearTimeout(closing) };
  }, [setTip]);
}

interface TipProps {
  store: ViewStore;
  tip: Tip | null;
  hold: Hold;
}

/** Beside the tile that is pointed at: what it is, why, and since when; live like all else. */
export function TileTip({ store, tip, hold }: TipProps) {
  const service = useRow(store, tip?.id ?? "", "service");
  useClosing(tip !== null, hold.close);
  if (tip === null || service === undefined) return null;
  return createPortal(
    <div
      key={tip.id}
      className="tile-tip"
      role="tooltip"
      style={placeBeside(tip.at)}
      onPointerEnter={hold.keep}
      onPointerLeave={hold.closeSoon}
    >
      <strong className="break">{service.name}</strong>
      <ServiceTag service={service} />
      <ServiceReason service={service} />
      <span className="tile-tip__word">
        <ServiceWord service={service} />
      </span>
      <span className="faint break">{service.agentName ?? service.agentCode}</span>
    </div>,
    document.querySelector(".app") ?? document.body,
  );
}

const WIDTH = 300;
const HEIGHT = 170;
const GAP = 8;

/** Above the tile, or below it where there is no room, and never beyond the window. */
function placeBeside(at: DOMRect) {
  const left = Math.max(GAP, Math.min(at.left + at.width / 2 - WIDTH / 2, document.documentElement.clientWidth - WIDTH - GAP));
  if (at.top > HEIGHT + GAP) return { left, bottom: window.innerHeight - at.top + GAP };
  return { left, top: at.bottom + GAP };
}

/** Escape takes it away, and so does scrolling, for the tile moves. */
function useClosing(open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return;
    const onKey = ({ key }: KeyboardEvent) => key === "Escape" && close();
    window.addEventListener("keydown", onKey);
    window.addEventListener("scroll", close, { passive: true });
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("scroll", close);
    };
  }, [open, close]);
}
