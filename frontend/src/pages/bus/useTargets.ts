import { useMemo } from "react";
import { useActionsOf } from "../../api/bus";
import { rowsOf } from "../../store/derived";
import { useDerived, useView } from "../../store/hooks";
import type { ActionBody, ServiceRow } from "../../wire/frames";
import type { View } from "../../wire/view";
import { fieldsOf } from "./mapping";

interface Choice {
  readonly value: string;
  readonly label: string;
}

interface Targets {
  /** Every known service by its code. */
  readonly services: readonly Choice[];
  /** What the chosen one offers. */
  readonly actions: readonly Choice[];
  readonly action: ActionBody | undefined;
  /** What the chosen action takes. */
  readonly fields: readonly string[];
}

/** What can be chosen for a route; a target need not exist yet, so these are proposals. */
export function useTargets(code: string | undefined, actionName: string | undefined): Targets {
  const rows = useDerived(useView("fleet"), servicesOf, same);
  const services = useMemo(() => rows.map((row) => ({ value: row.code, label: named(row.name, row.code) })), [rows]);
  const offered = useActionsOf(rows.find((row) => row.code === code)?.id ?? null).data;
  const action = offered?.find(({ name }) => name === actionName);
  return {
    services,
    actions: (offered ?? []).map(({ name, label }) => ({ value: name, label: named(label, name) })),
    action,
    fields: fieldsOf(action?.inputSchema),
  };
}

function named(name: string, code: string): string {
  return name === code ? code : `${name} (${code})`;
}

function servicesOf(view: View): ServiceRow[] {
  return rowsOf(view, "service").sort((a, b) => (a.name < b.name ? -1 : 1));
}

function same(a: ServiceRow[], b: ServiceRow[]): boolean {
  return a.length === b.length && a.every((row, index) => row.id === b[index]?.id && row.name === b[index]?.name);
}
