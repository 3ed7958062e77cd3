import { Pagination } from "antd";
import { useContext, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { asNumber, asText, isRecordList } from "../json";
import { PlainTable, type PlainColumn } from "../PlainTable";
import { ActionButtons, ResultActionsContext } from "./ActionButtons";
import { FieldValue } from "./FieldValue";
import { plainField, readFields } from "./fields";
import { readActions } from "./resultAction";

type Item = Record<string, unknown>;

/** Columns shown when a list names none. */
const COLUMNS_SHOWN = 8;

/** Rows on a page when a list names no number. */
const PAGE_SIZE = 10;

function pageSize(list: Item): number {
  const wanted = Math.floor(asNumber(list.pageSize) ?? PAGE_SIZE);
  return wanted > 0 ? wanted : PAGE_SIZE;
}

/** Many things in a table, with what can be done with each and with all. */
export function ResultList({ list }: { list: Item }) {
  const { t } = useTranslation();
  const rows = isRecordList(list.data) ? list.data : [];
  const columns = useColumns(list);
  const size = pageSize(list);
  const [page, setPage] = useState(1);
  const first = (page - 1) * size;
  const title = asText(list.title) ?? t("command.result");
  return (
    <section className="result__part">
      <div className="result__head">
        <h3 className="panel__sub">
          {title} <span className="faint">{t("common.rows", { count: rows.length })}</span>
        </h3>
        <ActionButtons actions={readActions(list.pageActions)} row={null} />
      </div>
      {rows.length === 0 && <p className="faint">{asText(list.emptyText) ?? t("command.noData")}</p>}
      {rows.length > 0 && (
        <PlainTable columns={columns} rows={rows.slice(first, first + size)} rowKey={(row, index) => rowKey(row, first + index)} label={title} />
      )}
      {rows.length > size && <Pagination size="small" align="end" current={page} pageSize={size} total={rows.length} showSizeChanger={false} onChange={setPage} />}
    </section>
  );
}

function useColumns(list: Item): PlainColumn<Item>[] {
  const shown = useContext(ResultActionsContext) !== null;
  return useMemo(() => {
    const actions = shown ? readActions(list.rowActions) : [];
    const buttons: PlainColumn<Item> = { key: "\0actions", title: "", cell: (row) => <ActionButtons actions={actions} row={row} /> };
    return actions.length === 0 ? valueColumns(list) : [...valueColumns(list), buttons];
  }, [list, shown]);
}

function valueColumns(list: Item): PlainColumn<Item>[] {
  const first = isRecordList(list.data) ? list.data[0] : undefined;
  const fields = readFields(list.columns) ?? Object.keys(first ?? {}).slice(0, COLUMNS_SHOWN).map(plainField);
  return fields.map((field) => ({
    key: field.key,
    title: field.label,
    raw: field.raw,
    width: field.width,
    cell: (row) => <FieldValue of={row} field={field} />,
  }));
}

function rowKey(row: Item, index: number): string {
  return String(row.id ?? row.key ?? row.name ?? index);
}
