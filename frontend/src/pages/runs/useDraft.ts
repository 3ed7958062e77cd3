import { useCallback, useEffect, useState } from "react";
import { useLocation, useNavigationType, useSearchParams } from "react-router";
import { readDraft, withDraft, type Draft } from "./draft";

export type ChangeDraft = (change: Partial<Draft>) => void;

/**
 * The draft of the address, and a way to change it. It is kept here and follows into the address, which
 * is too slow for what is typed and clicked in quick succession.
 */
export function useDraft(): [Draft, ChangeDraft] {
  const [params, setParams] = useSearchParams();
  const { key, state } = useLocation();
  const came = useNavigationType();
  const [draft, setDraft] = useState(() => readDraft(params));
  const change = useCallback<ChangeDraft>((part) => setDraft((before) => ({ ...before, ...part })), []);
  // Only what is written here replaces; whoever follows a link or goes back brings another draft.
  useEffect(() => {
    if (came !== "REPLACE") setDraft(readDraft(params));
  }, [key]);
  useEffect(() => {
    const after = withDraft(params, draft);
    if (after.toString() !== params.toString()) setParams(after, { replace: true, preventScrollReset: true, state });
  }, [draft]);
  return [draft, change];
}
