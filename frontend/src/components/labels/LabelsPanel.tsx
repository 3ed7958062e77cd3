import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { UseMutationResult } from "@tanstack/react-query";
import { useMay } from "../../api/session";
import { Panel } from "../Panel";
import { EditLabels } from "./EditLabels";
import { inForce, type LabelInForce, type Labelled } from "./labels";

interface LabelsProps {
  thing: Labelled;
  /** The labels of the agent of a service. */
  inherited?: Readonly<Record<string, string>>;
  /** How what operators set is replaced. */
  save: UseMutationResult<unknown, Error, Record<string, string>>;
}

/** The labels in force, where each comes from, and a way to set those of operators. */
export function LabelsPanel({ thing, inherited, save }: LabelsProps) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const [editing, setEditing] = useState(false);
  const labels = inForce(thing, inherited);
  const edit = (
    <Button size="small" onClick={() => setEditing(true)}>
      {t("service.labelsEdit")}
    </Button>
  );
  return (
    <Panel title={t("service.labels")} extra={mayOperate ? edit : undefined}>
      {labels.length === 0 ? <p className="faint">{t("service.labelsNone")}</p> : <LabelList labels={labels} />}
      {editing && <EditLabels labels={thing.operatorLabels} save={save} close={() => setEditing(false)} />}
    </Panel>
  );
}

/** Labels with the source of each. */
function LabelList({ labels }: { labels: readonly LabelInForce[] }) {
  const { t } = useTranslation();
  const source = { operator: t("service.labelOperator"), agent: t("service.labelAgent"), own: t("service.labelOwn") };
  return (
    <ul className="labels">
      {labels.map((label) => (
        <li key={label.key} className="labels__item">
          <code className="chip break">
            {label.key}={label.value}
          </code>
          <span className="faint">{source[label.source]}</span>
        </li>
      ))}
    </ul>
  );
}
