import { Templates } from "@rjsf/antd";
import { ariaDescribedByIds, type BaseInputTemplateProps, type WidgetProps } from "@rjsf/utils";
import { Input } from "antd";

type Payload = Record<string, unknown>;
type InputProps = BaseInputTemplateProps<Payload>;
type TextProps = Pick<WidgetProps, "id" | "value" | "disabled" | "readonly" | "placeholder" | "options" | "schema" | "onChange" | "onBlur" | "onFocus">;

/** The input of a form field. Numbers and texts have their own; the library's would change what does not fit. */
export function FieldInput(props: InputProps) {
  const { BaseInputTemplate } = Templates;
  const { schema, type } = props;
  if (schema.type === "number" || schema.type === "integer") return <NumberInput {...props} />;
  const plain = schema.type === "string" && (type === undefined || type === "text");
  if (plain || BaseInputTemplate === undefined) return <Input {...textProps(props as unknown as TextProps)} />;
  return <BaseInputTemplate {...(props as unknown as BaseInputTemplateProps)} />;
}

/** Masked, and never filled in by the browser with the person's own password. */
export function SecretInput(props: WidgetProps) {
  return <Input.Password {...textProps(props)} autoComplete="new-password" />;
}

export function LongInput(props: WidgetProps) {
  return <Input.TextArea {...textProps(props)} autoSize={{ minRows: 4, maxRows: 16 }} />;
}

/** A text may be longer than it should be while it is edited: it is counted, never cut. */
function textProps({ id, value, disabled, readonly, placeholder, options, schema, onChange, onBlur, onFocus }: TextProps) {
  return {
    id,
    name: id,
    value: typeof value === "string" ? value : "",
    disabled: disabled || readonly,
    placeholder,
    count: schema.maxLength === undefined ? undefined : { show: true, max: schema.maxLength },
    "aria-describedby": ariaDescribedByIds(id),
    onChange: ({ target }: { target: { value: string } }) => onChange(target.value === "" ? options.emptyValue : target.value),
    onBlur: ({ target }: { target: { value: string } }) => onBlur(id, target.value),
    onFocus: ({ target }: { target: { value: string } }) => onFocus(id, target.value),
  };
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

/** The number pads of phones have no minus sign. */
function mayBeNegative(minimum: number | undefined): boolean {
  return minimum === undefined || minimum < 0;
}
