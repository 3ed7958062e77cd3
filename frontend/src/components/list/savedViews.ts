import { asText, isRecord } from "../json";

/** A list as somebody wants to find it again: what the address said, under a name. */
export interface SavedView {
  readonly name: string;
  readonly query: string;
}

/** What makes a view of a list; an open preview, for one, does not. */
const PARTS = ["q", "state", "selector", "sort", "cols"];

/** The part of an address that is worth keeping, equal for equal views. */
export function viewQuery(params: URLSearchParams): string {
  const query = new URLSearchParams();
  for (const part of PARTS) {
    const value = params.get(part) ?? "";
    if (value !== "") query.set(part, value);
  }
  return query.toString();
}

/** Reads what the browser kept; what cannot be understood is left out. */
export function readViews(text: string | null): SavedView[] {
  const kept = parsed(text ?? "[]");
  return Array.isArray(kept) ? kept.map(asView).filter((view) => view !== null) : [];
}

export function writeViews(views: readonly SavedView[]): string | null {
  return views.length === 0 ? null : JSON.stringify(views);
}

/** Adds a view by name; one that has the name already is replaced in its place. */
export function saved(views: readonly SavedView[], view: SavedView): SavedView[] {
  const known = views.some(({ name }) => name === view.name);
  return known ? views.map((one) => (one.name === view.name ? view : one)) : [...views, view];
}

/** Gives a view another name; a second view of that name gives way. */
export function renamed(views: readonly SavedView[], from: string, to: string): SavedView[] {
  return views.filter(({ name }) => name === from || name !== to).map((view) => (view.name === from ? { ...view, name: to } : view));
}

export function removed(views: readonly SavedView[], name: string): SavedView[] {
  return views.filter((view) => view.name !== name);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function asView(kept: unknown): SavedView | null {
  if (!isRecord(kept)) return null;
  const name = asText(kept.name);
  const query = asText(kept.query);
  return name === null || query === null ? null : { name, query };
}
