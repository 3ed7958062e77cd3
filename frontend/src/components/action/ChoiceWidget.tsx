import { Widgets } from "@rjsf/antd";
import type { WidgetProps } from "@rjsf/utils";

/** One of several values. Where a value is needed, "none" is not offered as one. */
export function ChoiceWidget(props: WidgetProps) {
  const { SelectWidget } = Widgets;
  if (SelectWidget === undefined) return null;
  const first: unknown = props.options.enumOptions?.[0]?.value;
  const offersNone = !props.required || first === undefined;
  // The library leaves the empty row out only where the schema has a default.
  const schema = offersNone ? props.schema : { ...props.schema, default: first as string };
  return <SelectWidget {...props} schema={schema} />;
}
