import type { TFunction } from "i18next";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { StateKind } from "../components/states";
import { ApiError } from "../api/errors";
import en from "./en";

/** Looks up a code of the server; one this console does not know is shown as it came. */
function known<T extends object>(table: T, code: string): code is Extract<keyof T, string> {
  return Object.hasOwn(table, code);
}

export function useStateText(): (kind: StateKind, state: string) => string {
  const { t } = useTranslation();
  return useCallback((kind, state) => stateText(t, kind, state), [t]);
}

function stateText(t: TFunction, kind: StateKind, state: string): string {
  const path = `state.${kind}.${state}` as "state.service.HEALTHY";
  return known(en.state[kind], state) ? t(path) : state;
}

const KINDS: readonly StateKind[] = ["command", "health", "service", "agent"];

/** A state of no certain kind, as results carry it. */
export function useStatusWord(): (state: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (state) => {
      const kind = KINDS.find((one) => known(en.state[one], state));
      return kind === undefined ? state : stateText(t, kind, state);
    },
    [t],
  );
}

export function useReasonText(): (reason: string) => string {
  const { t } = useTranslation();
  return useCallback((reason) => (known(en.reason, reason) ? t(`reason.${reason}`) : reason), [t]);
}

export function useCategoryText(): (category: string) => string {
  const { t } = useTranslation();
  return useCallback((category) => (known(en.category, category) ? t(`category.${category}`) : category), [t]);
}

/** What kind of setting it is and where it comes from; the wire allows any word. */
export function useConfigText(): { source: (source: string) => string; type: (type: string) => string } {
  const { t } = useTranslation();
  return {
    source: (source) => (known(en.configSource, source) ? t(`configSource.${source}`) : source),
    type: (type) => (known(en.configType, type) ? t(`configType.${type}`) : type),
  };
}

export function useErrorText(): (error: ApiError) => string {
  const { t } = useTranslation();
  return useCallback((error) => (known(en.error, error.code) ? t(`error.${error.code}`) : error.message), [t]);
}

/** What the trail can tell of, in the order of its names. */
export const AUDIT_ACTIONS: readonly string[] = Object.keys(en.audit.name);
export const AUDIT_TARGETS: readonly string[] = Object.keys(en.audit.target);

/** What stands in audit events, in words; what this console does not know as it came. */
export function useAuditText() {
  const { t } = useTranslation();
  return useMemo(() => {
    const word = (table: "name" | "family" | "target" | "actor" | "finding", key: string): string =>
      known(en.audit[table], key) ? t(`audit.${table}.${key}` as "audit.actor.USER") : key;
    return {
      action: (action: string) => word("name", action),
      family: (family: string) => word("family", family),
      target: (type: string) => word("target", type),
      actor: (type: string) => word("actor", type),
      finding: (kind: string) => word("finding", kind),
    };
  }, [t]);
}
