import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { sameList, rowsOf } from "../../store/derived";
import { useDerived, useView } from "../../store/hooks";
import { AUDIT_ACTIONS, AUDIT_TARGETS, useAuditText } from "../../i18n/texts";
import type { View } from "../../wire/view";

interface Option {
  readonly value: string;
  readonly label: string;
}

interface Group {
  readonly label: string;
  readonly options: Option[];
}

/** Actions by what they are about; each group can be chosen as a whole. */
export function useActionOptions(): Group[] {
  const { t } = useTranslation();
  const { action, family } = useAuditText();
  return useMemo(() => {
    const groups = new Map<string, Option[]>();
    for (const name of AUDIT_ACTIONS) {
      const about = name.split(".")[0] ?? name;
      groups.set(about, [...(groups.get(about) ?? []), { value: name, label: action(name) }]);
    }
    return [...groups].map(([about, options]) => ({
      label: family(about),
      options: [{ value: `${about}.*`, label: t("audit.all", { family: family(about) }) }, ...options],
    }));
  }, [t, action, family]);
}

/** Kinds of actors, and those that the newest events tell of. */
export function useActorOptions(typePrefix: string): Group[] {
  const { t } = useTranslation();
  const { actor } = useAuditText();
  const seen = useDerived(useView("audit"), actorsIn, sameList);
  return useMemo(
    () => [
      { label: t("audit.kinds"), options: ["USER", "AGENT", "SYSTEM"].map((type) => ({ value: typePrefix + type, label: actor(type) })) },
      { label: t("audit.seen"), options: seen.map(asOption) },
    ],
    [t, actor, seen, typePrefix],
  );
}

/** Id and name of each actor, by name. */
function actorsIn(view: View): string[] {
  const names = new Map<string, string>();
  for (const row of rowsOf(view, "audit")) if (row.actorId !== null) names.set(row.actorId, row.actorName ?? row.actorId);
  return [...names].sort(([, a], [, b]) => a.localeCompare(b)).map((pair) => pair.join("\n"));
}

function asOption(pair: string): Option {
  const [value = "", label = value] = pair.split("\n");
  return { value, label };
}

export function useTargetOptions(): Option[] {
  const { target } = useAuditText();
  return AUDIT_TARGETS.map((type) => ({ value: type, label: target(type) }));
}

export function useResultOptions(): Option[] {
  const { t } = useTranslation();
  return [
    { value: "SUCCESS", label: t("state.outcome.SUCCESS") },
    { value: "FAILURE", label: t("state.outcome.FAILURE") },
  ];
}
