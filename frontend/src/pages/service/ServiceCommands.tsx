import { useTranslation } from "react-i18next";
import { useCommandColumns } from "../../components/commandColumns";
import { DataGrid } from "../../components/DataGrid";
import { EmptyState } from "../../components/EmptyState";
import { ALL_COMMANDS, selectCommands } from "../../store/commands";
import { sameList } from "../../store/derived";
import { useDerived } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

const select = selectCommands(ALL_COMMANDS);

/** The newest commands of this service. */
export function ServiceCommands({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const ids = useDerived(store, select, sameList);
  const columns = useCommandColumns(false);
  if (ids.length === 0) return <EmptyState title={t("service.noCommands")} />;
  return <DataGrid store={store} kind="command" ids={ids} columns={columns} label={t("service.commands")} />;
}
