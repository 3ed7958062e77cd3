import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Back } from "./back";
import { EmptyState } from "./EmptyState";
import { useTitle } from "./useTitle";

interface AbsentProps {
  title: string;
  hint?: string;
  forbidden?: boolean;
  /** Where others of its kind are. */
  list: Back;
}

/** Stands where a thing would be that is gone, never was, or may not be seen. */
export function Absent({ title, hint, forbidden = false, list }: AbsentProps) {
  const { t } = useTranslation();
  useTitle(title);
  return (
    <EmptyState whole title={title} hint={hint} look={{ tone: "idle", shape: forbidden ? "slash" : "question" }}>
      <Link to={list.to}>{list.label}</Link>
      <Link to="/">{t("notFound.home")}</Link>
    </EmptyState>
  );
}
