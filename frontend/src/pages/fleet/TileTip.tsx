import { useEffect } from "react";
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

interface TipProps {
  store: ViewStore;
  tip: Tip | null;
  close: () => void;
}

/** Beside the tile that is pointed at: what it is, why, and since when; live like all else. */
export function TileTip({ store, tip, close }: TipProps) {
  const service = useRow(store, tip?.id ?? "", "service");
  useClosing(tip !== null, close);
  if (tip === null || service === undefined) return null;
  return createPortal(
    <div className="tile-tip" role="tooltip" style={placeBeside(tip.at)}>
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
