import { Segmented } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { asText, at, isEmpty, isRecord, isRecordList } from "./json";
import { JsonView } from "./JsonView";
import { Facts } from "./Panel";
import { PlainTable, type PlainColumn } from "./PlainTable";
import { FormattedValue } from "./FormattedValue";
import { ValueList } from "./ValueList";

/** Columns shown when a list names none, and fields when a detail names none (contract/concepts.md 9). */
const COLUMNS_SHOWN = 8;
const FIELDS_SHOWN = 12;

interface Field {
  key: string;
  label: string;
  format: string;
}

/** What an action returned: as it asked to be shown, with the raw JSON always at hand. */
export function ResultView({ data }: { data: Record<string, unknown> }) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  if (isEmpty(data)) return <span className="faint">{t("command.noData")}</span>;
  const options = [
    { value: false, label: t("common.showFormatted") },
    { value: true, label: t("common.showRaw") },
  ];
  return (
    <div className="result">
      <Segmented<boolean> size="small" className="result__switch" value={raw} onChange={setRaw} options={options} />
      {raw ? <JsonView value={data} /> : <Structured data={data} />}
    </div>
  );
}

function Structured({ data }: { data: Record<string, unknown> }) {
  const { list, detail, ...rest } = data;
  const shownList = isRecord(list) && Array.isArray(list.data) ? list : null;
  const shownDetail = isRecord(detail) && isRecord(detail.data) ? detail : null;
  const others = { ...rest, ...(shownList === null && list !== undefined ? { list } : {}), ...(shownDetail === null && detail !== undefined ? { detail } : {}) };
  return (
    <>
      {!isEmpty(others) && <ValueList values={others} />}
      {shownDetail !== null && <ResultDetail detail={shownDetail} />}
      {shownList !== null && <ResultList list={shownList} />}
    </>
  );
}

export function ResultDetail({ detail }: { detail: Record<string, unknown> }) {
  const data = isRecord(detail.data) ? detail.data : {};
  const fields = readFields(detail.fields) ?? Object.keys(data).slice(0, FIELDS_SHOWN).map(plainField);
  const title = asText(detail.title);
  return (
    <section>
      {title !== null && <h3 className="panel__sub">{title}</h3>}
      <Facts facts={fields.map(({ key, label, format }) => ({ label, value: <FormattedValue value={at(data, key)} format={format} /> }))} />
    </section>
  );
}

function ResultList({ list }: { list: Record<string, unknown> }) {
  const { t } = useTranslation();
  const columns = useMemo(() => listColumns(list), [list]);
  const title = asText(list.title) ?? t("command.result");
  if (!isRecordList(list.data)) return <p className="faint">{asText(list.emptyText) ?? t("command.noData")}</p>;
  return (
    <section>
      <h3 className="panel__sub">
        {title} <span className="faint">{t("common.rows", { count: list.data.length })}</span>
      </h3>
      <PlainTable columns={columns} rows={list.data} rowKey={rowKey} label={title} />
    </section>
  );
}

function listColumns(list: Record<string, unknown>): PlainColumn<Record<string, unknown>>[] {
  const first = isRecordList(list.data) ? list.data[0] : undefined;
  const fields = readFields(list.columns) ?? Object.keys(first ?? {}).slice(0, COLUMNS_SHOWN).map(plainField);
  return fields.map(({ key, label, format }) => ({
    key,
    title: label,
    cell: (row) => <FormattedValue value={at(row, key)} format={format} />,
  }));
}

function readFields(fields: unknown): Field[] | null {
  if (!isRecordList(fields)) return null;
  return fields.flatMap((field) => {
    const key = asText(field.key);
    return key === null ? [] : [{ key, label: asText(field.label) ?? key, format: asText(field.format) ?? "" }];
  });
}

function plainField(key: string): Field {
  return { key, label: key, format: "" };
}

function rowKey(row: Record<string, unknown>, index: number): string {
  return String(row.id ?? row.key ?? row.name ?? index);
}
