import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";

/** Stands for a page until its first data is there; never shown again after that. */
export function PageSkeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className="page-skeleton" role="status" aria-label={t("common.loading")}>
      {/* Its title is a heading without words. */}
      <div aria-hidden="true">
        <Skeleton active title={{ width: "32%" }} paragraph={{ rows }} />
      </div>
    </div>
  );
}
