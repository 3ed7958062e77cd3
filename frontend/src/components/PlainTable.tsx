import type { ReactNode } from "react";

export interface PlainColumn<R> {
  readonly key: string;
  readonly title: string;
  /** The key behind a title that was made from it. */
  readonly raw?: string;
  readonly cell: (row: R) => ReactNode;
  /** In pixels; absent: as wide as its values need. */
  readonly width?: number;
}

interface TableProps<R> {
  columns: readonly PlainColumn<R>[];
  rows: readonly R[];
  rowKey: (row: R, index: number) => string;
  label: string;
}

/** A table of modest length; on a narrow screen every row becomes a card with named values. */
export function PlainTable<R>({ columns, rows, rowKey, label }: TableProps<R>) {
  return (
    <div className="plain-table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ key, title, raw, width }) =>
              title === "" ? (
                <td key={key} />
              ) : (
                <th key={key} scope="col" title={raw} style={width === undefined ? undefined : { width }}>
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)}>
              {columns.map(({ key, title, cell }) => (
                <td key={key} data-title={title}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
