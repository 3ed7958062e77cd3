import type { ReactNode } from "react";
import type { Look, Shape } from "./states";

/** Drawn on 16 by 16, filled with the tone; marks inside are cut out in the paper colour. */
const DRAWINGS: Record<Shape, ReactNode> = {
  check: (
    <>
      <circle cx="8" cy="8" r="7" className="shape__body" />
      <path d="M4.8 8.3 7 10.5l4.2-4.6" className="shape__mark" />
    </>
  ),
  alert: (
    <>
      <path d="M8 1.2 15.2 14H.8z" className="shape__body shape__body--round" />
      <path d="M8 6v3.6M8 11.8v.1" className="shape__mark" />
    </>
  ),
  diamond: (
    <>
      <path d="M8 .8 15.2 8 8 15.2.8 8z" className="shape__body shape__body--round" />
      <path d="M8 4.8v3.6M8 10.9v.1" className="shape__mark" />
    </>
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="6.2" className="shape__ring" />
      <path d="M8 4.6V8l2.2 1.6" className="shape__line" />
    </>
  ),
  off: (
    <>
      <rect x="1.5" y="1.5" width="13" height="13" rx="2.5" className="shape__body" />
      <path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" className="shape__mark" />
    </>
  ),
  question: (
    <>
      <circle cx="8" cy="8" r="6.2" className="shape__ring" />
      <path d="M6.2 6.4a1.8 1.8 0 1 1 2.6 1.7c-.6.3-.8.6-.8 1.1M8 11.3v.1" className="shape__line" />
    </>
  ),
  dots: (
    <>
      <circle cx="8" cy="8" r="6.2" className="shape__ring" strokeDasharray="2.4 2.4" />
      <path d="M5.4 8h.1M8 8h.1M10.6 8h.1" className="shape__line" />
    </>
  ),
  spin: (
    <>
      <circle cx="8" cy="8" r="6.2" className="shape__ring shape__ring--faint" />
      <path d="M8 1.8A6.2 6.2 0 0 1 14.2 8" className="shape__line shape__turn" />
    </>
  ),
  cross: (
    <>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" className="shape__body" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" className="shape__mark" />
    </>
  ),
  slash: (
    <>
      <circle cx="8" cy="8" r="6.2" className="shape__ring" />
      <path d="m4 12 8-8" className="shape__line" />
    </>
  ),
  link: (
    <>
      <circle cx="8" cy="8" r="6.2" className="shape__ring" />
      <circle cx="8" cy="8" r="2.6" className="shape__body" />
    </>
  ),
};

/** The sign of a state. Texts stand beside it, so it is hidden from readers. */
export function StateShape({ look, size = 14 }: { look: Look; size?: number }) {
  return (
    <svg className={`shape tone-${look.tone}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {DRAWINGS[look.shape]}
    </svg>
  );
}
