import type { RJSFSchema } from "@rjsf/utils";
import { isRecord } from "../json";

/** The schema as the form shows it: without the headings the drawer already has, and simpler choices. */
export function formSchema(schema: Record<string, unknown>): RJSFSchema {
  const { title: _title, description: _description, ...rest } = schema;
  if (!isRecord(rest.properties)) return rest;
  const properties = Object.entries(rest.properties).map(([name, property]) => [name, withoutNull(property)]);
  return { type: "object", ...rest, properties: Object.fromEntries(properties) } as RJSFSchema;
}

/** "A string or null" is a string that may be left empty, and not a choice of two forms. */
function withoutNull(property: unknown): unknown {
  if (!isRecord(property)) return property;
  const { anyOf, type, ...rest } = property;
  if (Array.isArray(type)) return { ...property, type: single(type.filter((one) => one !== "null")) };
  if (!Array.isArray(anyOf)) return property;
  const choices = anyOf.filter((choice) => !isRecord(choice) || choice.type !== "null");
  const only = choices.length === 1 ? choices[0] : undefined;
  return isRecord(only) ? { ...only, ...withoutNullDefault(rest) } : property;
}

function withoutNullDefault({ default: value, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return value === null || value === undefined ? rest : { ...rest, default: value };
}

function single(types: unknown[]): unknown {
  return types.length === 1 ? types[0] : types;
}
