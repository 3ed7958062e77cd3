import type { BusRoute, RouteInput } from "../../api/bus";

/** How a line of the mapping is to be read. */
export type LineKind = "expression" | "constant";

/** One field of the command: a JMESPath expression over the event, or JSON that stands for itself. */
export interface Line {
  readonly key: string;
  readonly kind: LineKind;
  readonly text: string;
}

export function linesOf(mapping: Record<string, unknown>): Line[] {
  return Object.entries(mapping).map(([key, value]) =>
    typeof value === "string" ? { key, kind: "expression", text: value } : { key, kind: "constant", text: JSON.stringify(value) },
  );
}

export type LineProblem = "empty" | "twice" | "json" | "text";

/** What keeps a line from being saved, as far as that can be told here; null when nothing does. */
export function problemOf(line: Line, lines: readonly Line[]): LineProblem | null {
  if (line.key === "" || line.text.trim() === "") return "empty";
  if (lines.filter(({ key }) => key === line.key).length > 1) return "twice";
  if (line.kind === "expression") return null;
  const value = asJson(line.text);
  if (value === undefined) return "json";
  // A text would be read as an expression.
  return typeof value === "string" ? "text" : null;
}

export function mappingOf(lines: readonly Line[]): Record<string, unknown> {
  return Object.fromEntries(lines.map(({ key, kind, text }) => [key, kind === "expression" ? text : asJson(text)]));
}

/** Undefined: it is none. */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Everything of a route that people choose, to send it again. */
export function inputOf({ name, description, status, match, target, inputMapping, metadata, allowDangerous }: BusRoute): RouteInput {
  return { name, description, status, match, target, inputMapping, metadata, allowDangerous };
}

/** The fields that the action of a schema takes. */
export function fieldsOf(schema: Record<string, unknown> | undefined): string[] {
  const properties = schema?.properties;
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}
