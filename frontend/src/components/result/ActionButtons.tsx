import { Button } from "antd";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { openAction, type OpenAction, type ResultAction } from "./resultAction";

/** The service whose results are shown: which actions it has, and how one is opened. */
interface ResultActions {
  /** Null while that is not known yet. */
  readonly names: ReadonlySet<string> | null;
  readonly open: (action: OpenAction) => void;
}

/** Without it, results are shown without their buttons. */
export const ResultActionsContext = createContext<ResultActions | null>(null);

interface ButtonsProps {
  actions: readonly ResultAction[];
  /** Where `$row.` looks; null for buttons that belong to no row. */
  row: Record<string, unknown> | null;
}

/** The buttons of a row, a list or a detail. */
export function ActionButtons({ actions, row }: ButtonsProps) {
  const context = useContext(ResultActionsContext);
  if (context === null || actions.length === 0) return null;
  return (
    <span className="result__actions">
      {actions.map((action) => (
        <ActionButton key={`${action.action} ${action.label}`} action={action} row={row} context={context} />
      ))}
    </span>
  );
}

function ActionButton({ action, row, context }: { action: ResultAction; row: ButtonsProps["row"]; context: ResultActions }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const { names, open } = context;
  const unknown = names !== null && !names.has(action.action);
  const why = unknown ? t("action.unknown", { name: action.action }) : t("action.viewer");
  const disabled = unknown || names === null || !mayOperate;
  return (
    <Button
      size="small"
      danger={action.danger}
      disabled={disabled}
      title={unknown || !mayOperate ? why : undefined}
      onClick={() => open(openAction(action, row))}
    >
      {action.label}
    </Button>
  );
}
