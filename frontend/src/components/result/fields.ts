import { humanise } from "../humanise";
import { asNumber, asText, isRecordList } from "../json";

/** A column of a list or a line of a detail. */
export interface Field {
  readonly key: string;
  readonly label: string;
  readonly format: string;
  readonly copyable: boolean;
  readonly ellipsis: boolean;
  /** In pixels. */
  readonly width?: number;
  /** The key, where the label was made from it. */
  readonly raw?: string;
}

/** The fields somebody described; null when nobody did. */
export function readFields(fields: unknown): Field[] | null {
  if (!isRecordList(fields)) return null;
  return fields.flatMap((field) => {
    const key = asText(field.key);
    if (key === null) return [];
    const shown = { format: asText(field.format) ?? "", copyable: field.copyable === true, ellipsis: field.ellipsis === true, ...wide(field.width) };
    return [{ ...plainField(key), ...labelled(asText(field.label)), ...shown }];
  });
}

export function plainField(key: string): Field {
  return { key, label: humanise(key), raw: key, format: "", copyable: false, ellipsis: false };
}

function wide(width: unknown): Partial<Field> {
  const pixels = asNumber(width) ?? Number.parseInt(asText(width) ?? "", 10);
  return pixels > 0 ? { width: pixels } : {};
}

function labelled(label: string | null): Partial<Field> {
  return label === null ? {} : { label, raw: undefined };
}
