import { CopyButton } from "../CopyButton";
import { FormattedValue } from "../FormattedValue";
import { at } from "../json";
import type { Field } from "./fields";

/** The value of a field as its author wants it: cut where it would be long, and to be copied. */
export function FieldValue({ of, field }: { of: Record<string, unknown>; field: Field }) {
  const value = at(of, field.key);
  const text = typeof value === "string" || typeof value === "number" ? String(value) : null;
  const shown = <FormattedValue value={value} format={field.format} />;
  if (text === null || text === "" || !(field.copyable || field.ellipsis)) return shown;
  return (
    <span className="field-value">
      {field.ellipsis ? (
        <span className="field-value__cut" title={text}>
          {shown}
        </span>
      ) : (
        shown
      )}
      {field.copyable && <CopyButton text={text} />}
    </span>
  );
}
