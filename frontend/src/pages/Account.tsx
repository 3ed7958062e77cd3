import { useTranslation } from "react-i18next";
import { PageHeader } from "../components/PageHeader";

export function Account() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageHeader title={t("me.title")} />
    </div>
  );
}
