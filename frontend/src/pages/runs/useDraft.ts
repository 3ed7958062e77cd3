import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { readDraft, withDraft, type Draft } from "./draft";

export type ChangeDraft = (change: Partial<Draft>) => void;

/** The draft of the address, and a way to change it there. */
export function useDraft(): [Draft, ChangeDraft] {
  const [params, setParams] = useSearchParams();
  const draft = useMemo(() => readDraft(params), [params]);
  const change = useCallback<ChangeDraft>((part) => setParams((before) => withDraft(before, part), { replace: true, preventScrollReset: true }), [setParams]);
  return [draft, change];
}
