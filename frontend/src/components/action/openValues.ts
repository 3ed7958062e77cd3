import { isRecord } from "../json";
import { formSchema, resolved } from "./schema";

type Schema = Record<string, unknown>;
type Payload = Record<string, unknown>;

/** What the server takes for the name of a secret, and a little more. */
const SECRET_NAME = /token|secret|password|cookie|authorization|key|credential|passphrase|passwd|pwd/i;
const PLAIN_TYPES: unknown[] = ["string", "number", "integer", "boolean"];
/** Words that may say more of a field than its own schema does. */
const SAID_ELSEWHERE = ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas", "dependencies", "patternProperties"];

/**
 * The values of a payload that are surely no secret: plain ones, and lists of them, of which the schema
 * says all there is to say. What is in doubt is left out.
 */
export function openValues(payload: Payload, schema: Schema): Payload {
  const root = formSchema(schema);
  const { properties, ...rest } = root;
  if (!isRecord(properties) || isSaidElsewhere(rest)) return {};
  const isOpen = ([name]: [string, unknown]): boolean => !SECRET_NAME.test(name) && isPlain(properties[name], root);
  return Object.fromEntries(Object.entries(payload).filter(isOpen));
}

function isPlain(given: unknown, root: Schema): boolean {
  const property = isRecord(given) ? resolved(given, root) : {};
  if (isSaidElsewhere(property) || property.format === "password" || property.writeOnly === true) return false;
  if (property.type === "array") return isPlain(property.items, root);
  return PLAIN_TYPES.includes(property.type) || Array.isArray(property.enum);
}

function isSaidElsewhere(schema: Schema): boolean {
  return SAID_ELSEWHERE.some((word) => word in schema);
}
