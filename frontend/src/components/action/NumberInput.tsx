import { Templates } from "@rjsf/antd";
import { ariaDescribedByIds, type BaseInputTemplateProps } from "@rjsf/utils";
import { Input } from "antd";

type Payload = Record<string, unknown>;
type InputProps = BaseInputTemplateProps<Payload>;

/** The input of a form field. Numbers have their own; the library's would change what is out of range. */
export function FieldInput(props: InputProps) {
  const { BaseInputTemplate } = Templates;
  if (isNumber(props) || BaseInputTemplate === undefined) return <NumberInput {...props} />;
  return <BaseInputTemplate {...(props as unknown as BaseInputTemplateProps)} />;
}

/** Keeps every character as it was typed; whether that is a number in range is for the validator to say. */
function NumberInput({ id, htmlName, value, disabled, readonly, placeholder, options, schema, onChange, onBlur, onFocus }: InputProps) {
  return (
    <Input
      id={id}
      name={htmlName ?? id}
      value={value === undefined || value === null ? "" : String(value)}
      disabled={disabled || readonly}
      placeholder={placeholder}
      inputMode={schema.type === "integer" && !mayBeNegative(schema.minimum) ? "numeric" : "text"}
      autoComplete="off"
      aria-describedby={ariaDescribedByIds(id)}
      onChange={({ target }) => onChange(target.value.trim() === "" ? options.emptyValue : target.value.trim())}
      onBlur={({ target }) => onBlur(id, target.value)}
      onFocus={({ target }) => onFocus(id, target.value)}
    />
  );
}

function isNumber({ schema }: InputProps): boolean {
  return schema.type === "number" || schema.type === "integer";
}

/** The number pads of phones have no minus sign. */
function mayBeNegative(minimum: number | undefined): boolean {
  return minimum === undefined || minimum < 0;
}
