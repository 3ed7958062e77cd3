import { Alert } from "antd";
import { useTranslation } from "react-i18next";

/** Says that a form begins with what was typed before the session ended. */
export function TypedNote() {
  const { t } = useTranslation();
  return <Alert type="info" showIcon title={t("action.typedBack")} />;
}
