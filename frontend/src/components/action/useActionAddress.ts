import { useLocation, useSearchParams } from "react-router";
import { useChangeAddress, withParts } from "../address";
import { asText, isRecord } from "../json";
import type { OpenAction } from "../result/resultAction";

interface ActionAddress {
  /** The action whose drawer is open; null when none is. */
  readonly opened: OpenAction | null;
  readonly open: (action: OpenAction) => void;
  readonly close: () => void;
}

/** The open drawer lives in the address, so that going back closes it; what it starts with stays in the history. */
export function useActionAddress(): ActionAddress {
  const [params] = useSearchParams();
  const change = useChangeAddress();
  const state: unknown = useLocation().state;
  const kept = isRecord(state) ? state : {};
  const name = params.get("action");
  return {
    opened: name === null ? null : readOpened(name, kept.opened),
    open: (action) => change((before) => withParts(before, { action: action.name }), { state: { ...kept, opened: action }, preventScrollReset: true }),
    close: () => change((before) => withParts(before, { action: null }), { state: { ...kept, opened: undefined }, preventScrollReset: true }),
  };
}

/** What the history keeps belongs to one action; an address typed by hand has nothing. */
function readOpened(name: string, kept: unknown): OpenAction {
  if (!isRecord(kept) || asText(kept.name) !== name) return { name, overlay: {}, detail: null };
  const { overlay, detail, retryOf, confirm } = kept;
  return {
    name,
    overlay: isRecord(overlay) ? overlay : {},
    detail: isRecord(detail) ? detail : null,
    retryOf: asText(retryOf) ?? undefined,
    confirm: confirm === true,
  };
}
