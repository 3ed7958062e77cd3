import type { WidgetProps } from "@rjsf/utils";
import { Select } from "antd";

/** Several texts in one field: each is finished with Enter or a comma. */
export function TagsWidget({ id, value, disabled, readonly, placeholder, onChange }: WidgetProps) {
  return (
    <Select
      id={id}
      mode="tags"
      open={false}
      suffixIcon={null}
      tokenSeparators={[",", "\n"]}
      value={Array.isArray(value) ? (value as string[]) : []}
      disabled={disabled || readonly}
      placeholder={placeholder}
      onChange={(texts: string[]) => onChange(texts)}
    />
  );
}
