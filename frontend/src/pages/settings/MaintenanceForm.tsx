import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "../../api/errors";
import { useChangeMaintenance, type MaintenanceState } from "../../api/maintenance";
import { useMay } from "../../api/session";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { changeOf, RETENTION, TIMES, typedSince, type Draft, type Setting } from "./fields";
import { SettingRow } from "./SettingRow";

/** The values in force, which owners change; what others save meanwhile shows in the fields nobody touched here. */
export function MaintenanceForm({ state }: { state: MaintenanceState }) {
  const { t } = useTranslation();
  const mayChange = useMay("administer");
  const [draft, setDraft] = useState<Draft>({});
  const save = useChangeMaintenance();
  const change = changeOf(state, draft);
  const touched = Object.keys(draft).length > 0;
  const submit = () => {
    if (change !== null) save.mutate(change, { onSuccess: () => setDraft((now) => typedSince(draft, now)) });
  };
  const row = (setting: Setting) => (
    <SettingRow
      key={setting.field}
      setting={setting}
      state={state}
      draft={draft}
      complaint={complaintAt(save.error, setting.field)}
      change={mayChange ? (value) => setDraft((before) => ({ ...before, [setting.field]: value })) : null}
    />
  );
  return (
    <form
      className="settings"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {!mayChange && <p className="note">{t("settings.readOnly")}</p>}
      <Panel title={t("settings.times")} flush>
        {TIMES.map(row)}
      </Panel>
      <Panel title={t("settings.retention")} flush>
        {RETENTION.map(row)}
      </Panel>
      {save.error !== null && <ErrorNote error={save.error} />}
      {mayChange && touched && (
        <div className="settings__save">
          <span>{change === null ? t("settings.fixFirst") : t("settings.unsaved")}</span>
          <Button onClick={() => setDraft({})}>{t("settings.discard")}</Button>
          <Button type="primary" htmlType="submit" disabled={change === null} loading={save.isPending}>
            {t("settings.save")}
          </Button>
        </div>
      )}
    </form>
  );
}

function complaintAt(error: Error | null, field: string): string | null {
  if (error === null) return null;
  return asApiError(error).issues.find(({ path }) => path === field)?.message ?? null;
}
