import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";

export function ApiKeys() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageHeader title={t("nav.apiKeys")} />
    </div>
  );
}
