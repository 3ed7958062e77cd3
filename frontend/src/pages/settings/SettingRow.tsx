import { Button, InputNumber } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { MaintenanceField, MaintenanceState } from "../../api/maintenance";
import { isBad, isSaved, shown, type Draft, type Setting } from "./fields";

const TEXTS = {
  agentOfflineThresholdSeconds: ["settings.offline", "settings.offlineHint"],
  maintenanceIntervalSeconds: ["settings.interval", "settings.intervalHint"],
  auditRetentionDays: ["settings.audit", "settings.auditHint"],
  commandRetentionDays: ["settings.command", "settings.commandHint"],
  outputRetentionDays: ["settings.output", "settings.outputHint"],
  healthRetentionDays: ["settings.health", "settings.healthHint"],
  busEventRetentionDays: ["settings.busEvent", "settings.busEventHint"],
  tokenRetentionDays: ["settings.token", "settings.tokenHint"],
} as const satisfies Record<MaintenanceField, readonly [string, string]>;

interface RowProps {
  setting: Setting;
  state: MaintenanceState;
  draft: Draft;
  /** What the server said against the value. */
  complaint: string | null;
  /** Null for whom may only look. */
  change: ((value: number | "" | null) => void) | null;
}

/** A setting with what it means, where its value comes from, and the field to change it. */
export function SettingRow({ setting, state, draft, complaint, change }: RowProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const { field, unit } = setting;
  const value = shown(state, draft, field);
  const saved = isSaved(state, draft, field);
  const [label, hint] = TEXTS[field];
  const problem = isBad(setting, value) ? t("settings.bad", { least: setting.least, most: setting.most.toLocaleString(i18n.language) }) : complaint;
  return (
    <div className="setting">
      <div className="setting__text">
        <label htmlFor={id}>{t(label)}</label>
        <p className="faint" id={`${id}-hint`}>
          {t(hint)}
        </p>
      </div>
      <div className="setting__value">
        {change === null ? (
          <span id={id} className="strong numbers">
            {t(unit === "days" ? "settings.inDays" : "settings.inSeconds", { count: Number(value) })}
          </span>
        ) : (
          <InputNumber
            id={id}
            value={value}
            status={problem === null ? "" : "error"}
            suffix={unit === "days" ? t("settings.days") : t("settings.seconds")}
            aria-invalid={problem !== null}
            aria-describedby={`${id}-hint ${id}-problem`}
            onChange={(next) => change(next ?? "")}
          />
        )}
        <span className="setting__source">
          <span className="chip">{saved ? t("settings.fromSaved") : t("settings.fromEnvironment")}</span>
          {saved && change !== null && (
            <Button type="link" size="small" onClick={() => change(null)}>
              {t("settings.useEnvironment", { value: state.environment[field] })}
            </Button>
          )}
        </span>
        <span id={`${id}-problem`} role="alert" className="field-problem">
          {problem}
        </span>
      </div>
    </div>
  );
}
