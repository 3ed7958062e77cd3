import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useHealthHistory } from "../../api/services";
import { ErrorNote } from "../../components/ErrorNote";
import { between, formatDuration, formatTime } from "../../components/format";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { lookOf, OUTDATED } from "../../components/states";
import { StatusTag } from "../../components/StatusTag";
import { isCurrent } from "../../store/fleet";
import { stretches, type Stretch } from "../../store/health";
import type { ServiceDetailRow } from "../../wire/frames";

/** When the service was how, by what it said itself: each change and how long it lasted. */
export function HealthHistory({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  const history = useHealthHistory(service);
  const reports = history.data?.pages.flatMap(({ data }) => data);
  const all = useMemo(() => stretches(reports ?? [], service.health), [reports, service.health]);
  if (service.health === null) return null;
  return (
    <Panel title={t("service.history")}>
      {history.isPending && <PageSkeleton rows={3} />}
      {history.error !== null && <ErrorNote error={history.error} />}
      {reports !== undefined && <StretchList all={all} current={isCurrent(service)} />}
      {history.hasNextPage && (
        <Button size="small" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t("service.historyEarlier")}
        </Button>
      )}
    </Panel>
  );
}

interface ListProps {
  all: readonly Stretch[];
  /** What was said last still holds. */
  current: boolean;
}

function StretchList({ all, current }: ListProps) {
  const { t } = useTranslation();
  return (
    <>
      <Strip all={all} />
      <ol className="stretches" tabIndex={0} aria-label={t("service.history")}>
        {all.map((stretch, index) => (
          <StretchItem key={stretch.from} stretch={stretch} outdated={index === 0 && !current} />
        ))}
      </ol>
    </>
  );
}

function StretchItem({ stretch, outdated }: { stretch: Stretch; outdated: boolean }) {
  return (
    <li className="stretches__item">
      <StatusTag kind="health" state={stretch.status} look={outdated ? OUTDATED : undefined} />
      <span className="stretches__message break">{stretch.message}</span>
      <span className="stretches__time numbers">
        <Lasted stretch={stretch} outdated={outdated} />
        <span className="faint">
          <RelativeTime at={stretch.from} />
        </span>
      </span>
    </li>
  );
}

/** How long it lasted; of what is last said by a service that is away nobody knows. */
function Lasted({ stretch, outdated }: { stretch: Stretch; outdated: boolean }) {
  const { t } = useTranslation();
  if (outdated) return <span>{t("service.historyLast")}</span>;
  if (stretch.until === null) return <span>{t("service.historySoFar")}</span>;
  return <span>{formatDuration(between(stretch.from, stretch.until) ?? 0)}</span>;
}

/** The same as a picture, the oldest on the left; the list beneath says it in words. */
function Strip({ all }: { all: readonly Stretch[] }) {
  const { i18n } = useTranslation();
  const now = new Date().toISOString();
  return (
    <div className="strip" aria-hidden="true">
      {[...all].reverse().map((stretch) => (
        <span
          key={stretch.from}
          className={`strip__part tone-${lookOf("health", stretch.status).tone}`}
          style={{ flexGrow: Math.max(1, between(stretch.from, stretch.until ?? now) ?? 1) }}
          title={formatTime(Date.parse(stretch.from), i18n.language)}
        />
      ))}
    </div>
  );
}
