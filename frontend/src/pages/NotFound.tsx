import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "../components/EmptyState";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState whole title={t("notFound.title")} hint={t("notFound.hint")} look={{ tone: "idle", shape: "question" }}>
      <Link to="/">{t("notFound.home")}</Link>
    </EmptyState>
  );
}
