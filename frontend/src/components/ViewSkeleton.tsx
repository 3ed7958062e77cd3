import { useTranslation } from "react-i18next";
import { useLive, useTicking } from "../store/hooks";
import { EmptyState } from "./EmptyState";
import { isDown } from "./LinkLight";
import { PageSkeleton } from "./PageSkeleton";

/** Stands for a page that a live view will fill; while the connection is down it says that it waits for that. */
export function ViewSkeleton({ rows }: { rows: number }) {
  const { t } = useTranslation();
  const { link } = useLive();
  const down = useTicking(() => isDown(link.status, link.heardAt));
  if (!down) return <PageSkeleton rows={rows} />;
  return <EmptyState title={t("link.notYet")} hint={t("link.notYetHint")} look={{ tone: "warn", shape: "clock" }} />;
}
