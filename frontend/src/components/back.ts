import { useLocation } from "react-router";
import { isRecord, asText } from "./json";

/** Where one came from, as a page that can be gone back to. */
export interface Back {
  readonly to: string;
  readonly label: string;
  /** The way back from there. */
  readonly back?: Back;
}

/** What the history keeps with an address. */
export interface Passage {
  readonly back?: Back;
  /** The command from whose result this was started. */
  readonly source?: string;
}

/** The command from whose result the one of this page was started. */
export function useSource(): string | null {
  const state: unknown = useLocation().state;
  return isRecord(state) ? asText(state.source) : null;
}

/** The way back that was noted when this page was opened; `otherwise` when it was opened by its address. */
export function useBack(otherwise: Back): Back {
  const state: unknown = useLocation().state;
  return readBack(state) ?? otherwise;
}

/** Notes the present page for the next one, with the address as it is now. */
export function usePassage(label: string): Passage {
  const { pathname, search } = useLocation();
  return { back: { to: pathname + search, label } };
}

/** Longer chains are cut: nobody goes back that far by links. */
const DEEPEST = 10;

/** Only addresses of this console lead anywhere. */
export function readBack(state: unknown, depth = 0): Back | null {
  const kept = isRecord(state) ? state.back : null;
  if (!isRecord(kept) || depth === DEEPEST) return null;
  const to = asText(kept.to);
  const label = asText(kept.label);
  if (to === null || label === null || !/^\/(?!\/)/.test(to)) return null;
  const back = readBack(kept, depth + 1);
  return back === null ? { to, label } : { to, label, back };
}
