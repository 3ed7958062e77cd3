import { asText, isRecord } from "../json";
import { Facts } from "../Panel";
import { ActionButtons } from "./ActionButtons";
import { FieldValue } from "./FieldValue";
import { plainField, readFields } from "./fields";
import { readActions } from "./resultAction";

/** Fields shown when a detail names none. */
const FIELDS_SHOWN = 12;

/** One thing with its values, and what can be done with it. */
export function ResultDetail({ detail }: { detail: Record<string, unknown> }) {
  const data = isRecord(detail.data) ? detail.data : {};
  const fields = readFields(detail.fields) ?? Object.keys(data).slice(0, FIELDS_SHOWN).map(plainField);
  const title = asText(detail.title);
  return (
    <section className="result__part">
      {title !== null && <h3 className="panel__sub">{title}</h3>}
      <Facts facts={fields.map((field) => ({ label: field.label, raw: field.raw, value: <FieldValue of={data} field={field} /> }))} />
      <ActionButtons actions={readActions(detail.actions)} row={data} />
    </section>
  );
}
