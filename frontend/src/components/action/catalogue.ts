import type { ActionBody } from "../../wire/frames";

/** Known categories in the order they are shown; others follow by name. */
const ORDER = ["account", "item-management", "api-key", "session", "runtime-config", "diagnostics", "advanced", "other"];
/** Reached from results, not from the list. */
const NOT_BUTTONS = new Set(["page-action", "row-action"]);
const NO_ORDER = 999;

/** False for what is reached from results only. */
export function isButton(category: string): boolean {
  return !NOT_BUTTONS.has(category);
}

export interface ActionGroup {
  readonly category: string;
  readonly actions: ActionBody[];
}

/** The actions that are buttons, grouped and sorted. */
export function byCategory(actions: readonly ActionBody[]): ActionGroup[] {
  const groups = new Map<string, ActionBody[]>();
  for (const action of actions) {
    const category = action.category ?? "other";
    if (action.enabled && isButton(category)) groups.set(category, [...(groups.get(category) ?? []), action]);
  }
  return [...groups]
    .map(([category, members]) => ({ category, actions: members.sort(inOrder) }))
    .sort((a, b) => rank(a.category) - rank(b.category) || a.category.localeCompare(b.category));
}

function rank(category: string): number {
  const place = ORDER.indexOf(category);
  return place < 0 ? ORDER.length : place;
}

function inOrder(a: ActionBody, b: ActionBody): number {
  return (a.order ?? NO_ORDER) - (b.order ?? NO_ORDER) || a.label.localeCompare(b.label);
}
