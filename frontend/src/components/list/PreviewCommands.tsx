import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sameRows } from "../../store/agentPage";
import { selectNewest } from "../../store/commands";
import { useDerived } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";
import type { CommandRow } from "../../wire/frames";
import { RelativeTime } from "../RelativeTime";
import { StatusTag } from "../StatusTag";

const SHOWN = 5;

interface CommandsProps {
  store: ViewStore;
  /** Whose commands; a stable function. */
  owns: (row: CommandRow) => boolean;
}

/** The newest commands of a thing, each a link to its page. */
export function PreviewCommands({ store, owns }: CommandsProps) {
  const { t } = useTranslation();
  const commands = useDerived(store, useMemo(() => selectNewest(owns, SHOWN), [owns]), sameRows);
  return (
    <section>
      <h2 className="panel__sub">{t("list.newestCommands")}</h2>
      {commands.length === 0 && <p className="faint">{t("list.noCommands")}</p>}
      <ul className="preview__list">
        {commands.map((row) => (
          <li key={row.id} className="preview__item">
            <Link to={`/commands/${row.id}`}>{row.actionLabel}</Link>
            <span className="faint">
              <RelativeTime at={row.createdAt} />
            </span>
            <StatusTag kind="command" state={row.status} />
          </li>
        ))}
      </ul>
    </section>
  );
}
