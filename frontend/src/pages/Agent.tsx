import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";

export function Agent() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageHeader title={t("nav.agents")} />
    </div>
  );
}
