import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Column } from "../../components/DataGrid";
import { FullTime, RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { useAuditText } from "../../i18n/texts";
import type { AuditRow } from "../../wire/frames";
import { Actor, Target } from "./parties";
import { useEventAddress } from "./useAuditFilter";

export function useAuditColumns(): Column<"audit">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "what", title: t("audit.colWhat"), track: "minmax(0, 1.5fr)", narrow: "title", cell: (row) => <WhatCell row={row} /> },
      { key: "result", title: t("audit.colResult"), track: "104px", narrow: "aside", cell: (row) => <StatusTag kind="outcome" state={row.result} /> },
      { key: "who", title: t("audit.colWho"), track: "minmax(0, 1fr)", narrow: "line", cell: (row) => <Actor row={row} /> },
      { key: "target", title: t("audit.colTarget"), track: "minmax(0, 1.2fr)", narrow: "line", cell: (row) => <Target row={row} /> },
      { key: "when", title: t("audit.colWhen"), track: "212px", narrow: "line", cell: whenCell },
    ],
    [t],
  );
}

function WhatCell({ row }: { row: AuditRow }) {
  const { action } = useAuditText();
  const address = useEventAddress();
  return (
    <div className="two-lines">
      <Link className="row-link" to={address(row.id)}>
        {action(row.action)}
      </Link>
      <code className="faint ellipsis">{row.action}</code>
    </div>
  );
}

function whenCell(row: AuditRow) {
  return (
    <div className="two-lines">
      <RelativeTime at={row.createdAt} />
      <span className="faint">
        <FullTime at={row.createdAt} />
      </span>
    </div>
  );
}
