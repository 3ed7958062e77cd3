import { useMemo } from "react";
import type { Row } from "../wire/frames";
import type { RowSource } from "./viewStore";

const never = () => () => undefined;

/** Rows that are at hand, as a grid reads them; other rows make another source. */
export function useRowSource(rows: readonly Row[]): { source: RowSource; ids: string[] } {
  return useMemo(() => {
    const byId = new Map(rows.map((row) => [row.id, row]));
    return { source: { row: (id) => byId.get(id), listenRow: never }, ids: [...byId.keys()] };
  }, [rows]);
}
