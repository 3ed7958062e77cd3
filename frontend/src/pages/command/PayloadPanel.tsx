import { useTranslation } from "react-i18next";
import { isEmpty } from "../../components/json";
import { JsonView } from "../../components/JsonView";
import { Panel } from "../../components/Panel";

export function PayloadPanel({ payload }: { payload: Record<string, unknown> }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("command.payload")}>
      {isEmpty(payload) ? <span className="faint">{t("command.payloadNone")}</span> : <JsonView value={payload} />}
    </Panel>
  );
}
