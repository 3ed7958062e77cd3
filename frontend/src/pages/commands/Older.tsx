import { Button } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOlderCommands } from "../../api/commands";
import { DataGrid, type Column } from "../../components/DataGrid";
import { ErrorNote } from "../../components/ErrorNote";
import { listed, oldestEnd, type CommandFilter } from "../../store/commands";
import { rowsOf } from "../../store/derived";
import type { Sort } from "../../store/ordering";
import { useRowSource } from "../../store/rowSource";
import type { ViewStore } from "../../store/viewStore";
import type { CommandDetailRow, CommandRow } from "../../wire/frames";

interface OlderProps {
  store: ViewStore;
  filter: CommandFilter;
  sort: Sort;
  columns: readonly Column<"command">[];
}

/** What the live list holds no longer, fetched when it is asked for. */
export function Older({ store, filter, sort, columns }: OlderProps) {
  const { t } = useTranslation();
  const [anchor, setAnchor] = useState<string | null>(null);
  const older = useOlderCommands(filter, anchor);
  const left = useLeft(store, anchor !== null);
  const rows = useMemo(() => {
    const fetched = (older.data?.pages ?? []).flatMap((page) => page.data.map(outline));
    const unique = new Map([...fetched, ...left].map((row) => [row.id, row]));
    return listed([...unique.values()].filter((row) => store.row(row.id) === undefined), filter, sort);
  }, [older.data, left, store, filter, sort]);
  const { source, ids } = useRowSource(rows);
  const total = older.data?.pages[0]?.pagination.total ?? 0;
  const fetched = older.data?.pages.reduce((count, page) => count + page.data.length, 0) ?? 0;
  const asked = anchor !== null && older.isSuccess;
  return (
    <section className="older">
      {asked && (
        <header>
          <h2>{t("command.older")}</h2>
          <p className="faint">{t(ids.length === 0 && !older.hasNextPage ? "command.olderNone" : "command.olderHint")}</p>
        </header>
      )}
      {asked && ids.length > 0 && <DataGrid store={source} kind="command" ids={ids} columns={columns} label={t("command.older")} />}
      {older.error !== null && <ErrorNote error={older.error} />}
      {anchor === null && <Button onClick={() => setAnchor(oldestEnd(store.view) ?? new Date().toISOString())}>{t("command.olderLoad")}</Button>}
      {anchor !== null && (older.hasNextPage || older.isFetching) && (
        <Button loading={older.isFetching} onClick={() => void older.fetchNextPage()}>
          {t("command.olderMore", { count: total - fetched })}
        </Button>
      )}
    </section>
  );
}

function outline(row: CommandDetailRow): CommandRow {
  return { ...row, kind: "command" };
}

/** Ended commands that were in the view and have made room for newer ones since `watching` began. */
function useLeft(store: ViewStore, watching: boolean): readonly CommandRow[] {
  const [left, setLeft] = useState<readonly CommandRow[]>([]);
  useEffect(() => {
    if (!watching) return undefined;
    const seen = new Map<string, CommandRow>();
    const look = (): void => {
      for (const row of rowsOf(store.view, "command")) if (row.completedAt !== null) seen.set(row.id, row);
      const gone = [...seen.values()].filter((row) => store.row(row.id) === undefined);
      for (const { id } of gone) seen.delete(id);
      if (gone.length > 0) setLeft((before) => [...before, ...gone]);
    };
    look();
    return store.listen(look);
  }, [store, watching]);
  return left;
}
