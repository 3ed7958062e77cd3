import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { asText, isRecord } from "../json";
import type { Limits } from "./limits";
import { resolved } from "./schema";

type Property = Record<string, unknown>;

const SECRET = /password/i;
/** Schemas may refer to themselves; nobody fills in a form that is deeper. */
const DEEPEST = 6;

/** The hints of an input schema as the form library wants them, with the limits in the help text. */
export function uiSchemaOf(schema: RJSFSchema, limits: Limits): UiSchema {
  return { "ui:submitButtonOptions": { norender: true }, ...membersOf(schema, { root: schema, limits, depth: 0 }) };
}

interface Place {
  readonly root: Property;
  readonly limits: Limits;
  readonly depth: number;
}

function membersOf(schema: Property, place: Place): UiSchema {
  const members = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
  return Object.fromEntries(members.flatMap(([name, property]) => (isRecord(property) ? [[name, hintsOf(name, property, place)]] : [])));
}

function hintsOf(name: string, given: Property, place: Place): UiSchema {
  const property = resolved(given, place.root);
  const inner = { ...place, depth: place.depth + 1 };
  const hints: UiSchema = { ...propertyHints(name, property), ...helpText(property, place.limits) };
  if (inner.depth === DEEPEST) return hints;
  if (isRecord(property.items) && !isTextList(property)) hints.items = hintsOf(name, property.items, inner);
  return { ...membersOf(property, inner), ...hints };
}

function propertyHints(name: string, property: Property): UiSchema {
  const hints: UiSchema = {};
  if (property.format === "password" || (SECRET.test(name) && property.type === "string")) hints["ui:widget"] = "password";
  if (property.format === "textarea") hints["ui:widget"] = "textarea";
  if (typeof property.placeholder === "string") hints["ui:placeholder"] = property.placeholder;
  if (property.readOnly === true) hints["ui:readonly"] = true;
  if (Array.isArray(property.enumLabels)) hints["ui:enumNames"] = property.enumLabels;
  if (isTextList(property)) hints["ui:widget"] = "tags";
  return hints;
}

function helpText(property: Property, limits: Limits): UiSchema {
  const range = limits(property);
  if (range === null) return {};
  const said = asText(property.description);
  return { "ui:description": said === null ? range : `${said.replace(/[.。]$/, "")}. ${range}` };
}

/** A list of plain texts is typed in one field, and not line by line. */
function isTextList({ type, items }: Property): boolean {
  return type === "array" && isRecord(items) && items.type === "string" && items.enum === undefined;
}

/** True when there is something to fill in. */
export function hasInput(schema: Record<string, unknown>): boolean {
  if (isRecord(schema.properties)) return Object.keys(schema.properties).length > 0;
  return schema.additionalProperties === true || Array.isArray(schema.oneOf) || Array.isArray(schema.anyOf) || "$ref" in schema;
}
