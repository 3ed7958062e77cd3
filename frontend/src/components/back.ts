import { useLocation } from "react-router";
import { isRecord, asText } from "./json";

/** Where one came from, as a page that can be gone back to. */
export interface Back {
  readonly to: string;
  readonly label: string;
}

/** What the history keeps with an address. */
export interface Passage {
  readonly back: Back;
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

/** Only addresses of this console lead anywhere. */
export function readBack(state: unknown): Back | null {
  const back = isRecord(state) ? state.back : null;
  if (!isRecord(back)) return null;
  const to = asText(back.to);
  const label = asText(back.label);
  return to === null || label === null || !/^\/(?!\/)/.test(to) ? null : { to, label };
}
