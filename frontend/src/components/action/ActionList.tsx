import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { useCategoryText } from "../../i18n/texts";
import type { ActionBody, ServiceDetailRow } from "../../wire/frames";
import { PlayIcon } from "../icons";
import { Panel } from "../Panel";
import { byCategory } from "./catalogue";
import { DangerMark } from "./DangerMark";

/** What can be done with a service, by category; harmless things and dangerous ones look different. */
export function ActionList({ service, open }: { service: ServiceDetailRow; open: (name: string) => void }) {
  const { t } = useTranslation();
  const groups = useMemo(() => byCategory(service.actions), [service.actions]);
  const mayOperate = useMay("operate");
  const reachable = service.connection !== "none";
  return (
    <Panel title={t("action.title")}>
      {groups.length === 0 && <p className="faint">{t("action.none")}</p>}
      {groups.length > 0 && !mayOperate && <p className="note">{t("action.viewer")}</p>}
      {groups.length > 0 && mayOperate && !reachable && <p className="note">{t("action.unavailable")}</p>}
      {groups.length > 0 && mayOperate && service.connection === "reconnecting" && <p className="note">{t("action.waits")}</p>}
      {groups.map(({ category, actions }) => (
        <ActionGroup key={category} category={category} alone={groups.length === 1} actions={actions} open={mayOperate ? open : null} reachable={reachable} />
      ))}
    </Panel>
  );
}

interface GroupProps {
  category: string;
  /** The only group needs no heading. */
  alone: boolean;
  actions: ActionBody[];
  open: ((name: string) => void) | null;
  reachable: boolean;
}

function ActionGroup({ category, alone, actions, open, reachable }: GroupProps) {
  const text = useCategoryText();
  return (
    <section className="actions">
      {!alone && <h3 className="panel__sub">{text(category)}</h3>}
      <ul className="actions__list">
        {actions.map((action) => (
          <ActionItem key={action.name} action={action} open={open} reachable={reachable} />
        ))}
      </ul>
    </section>
  );
}

interface ItemProps extends Pick<GroupProps, "open" | "reachable"> {
  action: ActionBody;
}

function ActionItem({ action, open, reachable }: ItemProps) {
  const { t } = useTranslation();
  return (
    <li className="action">
      <div className="action__text">
        <span className="action__label">
          {action.label} <DangerMark level={action.dangerLevel} />
        </span>
        {action.description !== null && <span className="faint">{action.description}</span>}
      </div>
      {open !== null && (
        <Button
          icon={<PlayIcon size={14} />}
          danger={action.dangerLevel === "HIGH"}
          disabled={!reachable}
          aria-label={t("action.open", { label: action.label })}
          onClick={() => open(action.name)}
        >
          {t("action.run")}
        </Button>
      )}
    </li>
  );
}
