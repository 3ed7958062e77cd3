import type { RJSFSchema } from "@rjsf/utils";
import { isRecord } from "../json";

type Schema = Record<string, unknown>;

/** The schema as the form shows it: without the headings the drawer already has, and simpler choices. */
export function formSchema(schema: Schema): RJSFSchema {
  const { title: _title, description: _description, ...rest } = schema;
  return isRecord(rest.properties) ? ({ type: "object", ...simpler(rest) } as RJSFSchema) : rest;
}

/** The schema that a reference inside the same document leads to, with what stands beside the reference. */
export function resolved(schema: Schema, root: Schema): Schema {
  const { $ref: reference, ...beside } = schema;
  if (typeof reference !== "string" || !reference.startsWith("#/")) return schema;
  const target = reference
    .slice(2)
    .split("/")
    .reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined), root);
  return isRecord(target) ? { ...target, ...beside } : schema;
}

/** Properties, entries of lists and shared definitions, at any depth. */
function simpler(schema: Schema): Schema {
  const after = { ...schema };
  for (const key of ["properties", "$defs", "definitions"]) {
    const members = schema[key];
    if (isRecord(members)) after[key] = Object.fromEntries(Object.entries(members).map(([name, one]) => [name, simple(one)]));
  }
  if (isRecord(schema.items)) after.items = simple(schema.items);
  return after;
}

function simple(schema: unknown): unknown {
  const plain = withoutNull(schema);
  return isRecord(plain) ? simpler(plain) : plain;
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

function withoutNullDefault({ default: value, ...rest }: Schema): Schema {
  return value === null || value === undefined ? rest : { ...rest, default: value };
}

function single(types: unknown[]): unknown {
  return types.length === 1 ? types[0] : types;
}
