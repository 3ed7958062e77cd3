import type { FormInstance } from "antd";
import { useEffect } from "react";
import { asApiError, type Issue } from "../api/errors";

/**
 * Puts what the server complained about at the fields of `form`, under the first part of each path.
 * The answer is what has no field here, or the whole failure when it names none: that is to be shown
 * beside the form.
 */
export function useIssues(form: FormInstance, error: Error | null, fields: readonly string[]): Error | null {
  useEffect(() => {
    if (error !== null) form.setFields(atFields(asApiError(error).issues, fields));
  }, [form, error, fields]);
  if (error === null) return null;
  const { issues } = asApiError(error);
  return issues.length > 0 && issues.every(({ path }) => fields.includes(fieldOf(path))) ? null : error;
}

function atFields(issues: readonly Issue[], fields: readonly string[]): { name: string; errors: string[] }[] {
  return fields
    .map((name) => ({ name, errors: issues.filter(({ path }) => fieldOf(path) === name).map(({ message }) => message) }))
    .filter(({ errors }) => errors.length > 0);
}

function fieldOf(path: string): string {
  return path.split(".")[0] ?? path;
}
