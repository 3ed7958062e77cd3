import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { asText, isRecord } from "../json";
import type { Limits } from "./limits";

const SECRET = /password/i;

/** The hints of an input schema as the form library wants them, with the limits in the help text. */
export function uiSchemaOf(schema: RJSFSchema, limits: Limits): UiSchema {
  const ui: UiSchema = { "ui:submitButtonOptions": { norender: true } };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (isRecord(property)) ui[name] = { ...propertyHints(name, property), ...helpText(property, limits) };
  }
  return ui;
}

function propertyHints(name: string, property: Record<string, unknown>): UiSchema {
  const hints: UiSchema = {};
  if (property.format === "password" || (SECRET.test(name) && property.type === "string")) {
    hints["ui:widget"] = "password";
    hints["ui:options"] = { autocomplete: "off" };
  }
  if (property.format === "textarea") hints["ui:widget"] = "textarea";
  if (typeof property.placeholder === "string") hints["ui:placeholder"] = property.placeholder;
  if (property.readOnly === true) hints["ui:readonly"] = true;
  if (Array.isArray(property.enumLabels)) hints["ui:enumNames"] = property.enumLabels;
  if (isTextList(property)) hints["ui:widget"] = "tags";
  return hints;
}

function helpText(property: Record<string, unknown>, limits: Limits): UiSchema {
  const range = limits(property);
  if (range === null) return {};
  const said = asText(property.description);
  return { "ui:description": said === null ? range : `${said.replace(/[.。]$/, "")}. ${range}` };
}

/** A list of plain texts is typed in one field, and not line by line. */
function isTextList({ type, items }: Record<string, unknown>): boolean {
  return type === "array" && isRecord(items) && items.type === "string" && items.enum === undefined;
}

/** True when there is something to fill in. */
export function hasInput(schema: Record<string, unknown>): boolean {
  if (isRecord(schema.properties)) return Object.keys(schema.properties).length > 0;
  return schema.additionalProperties === true || Array.isArray(schema.oneOf) || Array.isArray(schema.anyOf) || "$ref" in schema;
}
