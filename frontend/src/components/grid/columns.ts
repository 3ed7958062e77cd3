import type { ReactNode } from "react";
import type { Row } from "../../wire/frames";

export type RowOf<K extends Row["kind"]> = Extract<Row, { kind: K }>;

export interface Column<K extends Row["kind"]> {
  readonly key: string;
  readonly title: string;
  /** A track of the CSS grid, as `minmax(0, 2fr)`. */
  readonly track: string;
  /** Where the cell goes on a narrow screen: beside the title, on a line of its own, or nowhere. */
  readonly narrow: "title" | "aside" | "line" | "hidden";
  readonly cell: (row: RowOf<K>) => ReactNode;
  /** Which way the first click on its head sorts; absent: the list is not sorted by it. */
  readonly sort?: "ascending" | "descending";
  /** True when it is shown only after somebody chose it. */
  readonly extra?: boolean;
}
