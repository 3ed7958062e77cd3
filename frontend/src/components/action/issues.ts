import { ErrorSchemaBuilder, type ErrorSchema } from "@rjsf/utils";
import type { Issue } from "../../api/errors";
import { isRecord } from "../json";
import { resolved } from "./schema";

type Schema = Record<string, unknown>;
type Payload = Record<string, unknown>;

/** Complaints of the server at the fields they are about. */
export function atFields(issues: readonly Issue[], schema: Schema): ErrorSchema<Payload> {
  const errors = new ErrorSchemaBuilder<Payload>();
  for (const issue of issues.filter(({ path }) => leadsToField(path, schema))) errors.addErrors(issue.message, issue.path.split("."));
  return errors.ErrorSchema;
}

/** Those that belong to no field of the form. */
export function besideFields(issues: readonly Issue[], schema: Schema): Issue[] {
  return issues.filter(({ path }) => !leadsToField(path, schema));
}

function leadsToField(path: string, schema: Schema): boolean {
  return path.split(".").reduce<unknown>((inner, step) => member(inner, step, schema), schema) !== undefined;
}

function member(given: unknown, step: string, root: Schema): unknown {
  if (!isRecord(given)) return undefined;
  const { properties, items } = resolved(given, root);
  if (isRecord(properties) && Object.hasOwn(properties, step)) return properties[step];
  return /^\d+$/.test(step) ? items : undefined;
}
