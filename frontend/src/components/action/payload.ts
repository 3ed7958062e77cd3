import { isRecord } from "../json";

type Schema = Record<string, unknown>;
type Payload = Record<string, unknown>;

/** What stands in place of a secret that nobody can read any more. */
const REDACTED = "[REDACTED]";

/** The values to start with: blanks that only stand for "nothing yet" would be refused as values. */
export function withoutBlanks(payload: Payload, schema: Schema): Payload {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const stays = ([name, value]: [string, unknown]): boolean => required.includes(name) || !isBlank(value, properties[name]);
  return Object.fromEntries(Object.entries(payload).filter(stays));
}

/** Null is blank where the form has no null; an empty text where the schema wants something of it. */
function isBlank(value: unknown, property: unknown): boolean {
  if (!isRecord(property)) return false;
  if (value === null) return property.type !== undefined && property.type !== "null";
  const wanted = [property.enum, property.format, property.minLength, property.pattern].some((rule) => rule !== undefined);
  return value === "" && (wanted || (property.type !== undefined && property.type !== "string"));
}

/** An earlier payload as far as it is known: secrets that were dropped are left to be typed again. */
export function withoutSecrets(payload: Payload): Payload {
  return known(payload) as Payload;
}

function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(known);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (one === REDACTED ? [] : [[key, known(one)]])));
}

/** What differs between the form that was shown and the one the service has now, by the names of fields. */
export interface FormChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** Null when the fields are the same. */
export function formChange(before: Schema, after: Schema): FormChange | null {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const added = Object.keys(now).filter((name) => !(name in old));
  const removed = Object.keys(old).filter((name) => !(name in now));
  const changed = Object.keys(now).filter((name) => name in old && !same(old[name], now[name]));
  if (added.length + removed.length + changed.length === 0) return null;
  return { added: added.map((name) => titleOf(name, now)), removed: removed.map((name) => titleOf(name, old)), changed: changed.map((name) => titleOf(name, now)) };
}

/** Without the values of fields that the form had and has no more. */
export function withoutRemoved(payload: Payload, before: Schema, after: Schema): Payload {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !(name in old) || name in now));
}

function fieldsOf(schema: Schema): Record<string, unknown> {
  return isRecord(schema.properties) ? schema.properties : {};
}

function titleOf(name: string, fields: Record<string, unknown>): string {
  const field = fields[name];
  return isRecord(field) && typeof field.title === "string" ? field.title : name;
}

/** Equal as JSON, in whatever order the keys are. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => same(one, b[index]));
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}
