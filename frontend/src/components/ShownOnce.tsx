import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { CopyButton } from "./CopyButton";

/** A secret that is shown here and never again. */
export function ShownOnce({ warning, secret }: { warning: string; secret: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Alert type="warning" showIcon title={warning} />
      <div className="shown-once">
        <code className="break">{secret}</code>
        <CopyButton text={secret} label={t("common.copy")} type="primary" />
      </div>
    </>
  );
}
