import { humanise } from "../humanise";
import { asText, isRecordList } from "../json";

/** A column of a list or a line of a detail (contract/concepts.md 9.1). */
export interface Field {
  readonly key: string;
  readonly label: string;
  readonly format: string;
  /** The key, where the label was made from it. */
  readonly raw?: string;
}

/** The fields somebody described; null when nobody did. */
export function readFields(fields: unknown): Field[] | null {
  if (!isRecordList(fields)) return null;
  return fields.flatMap((field) => {
    const key = asText(field.key);
    if (key === null) return [];
    return [{ ...plainField(key), ...labelled(asText(field.label)), format: asText(field.format) ?? "" }];
  });
}

export function plainField(key: string): Field {
  return { key, label: humanise(key), raw: key, format: "" };
}

function labelled(label: string | null): Partial<Field> {
  return label === null ? {} : { label, raw: undefined };
}
