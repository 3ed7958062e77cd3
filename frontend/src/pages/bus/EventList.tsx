import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EVENT_EVENTS, EVENTS_KEY, useEvents, type BusEvent } from "../../api/bus";
import { useRefetchOn } from "../../api/refetch";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { PAGE_SIZE, Pages } from "../../components/ListControls";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { useBusAddress } from "./address";

/** What was announced, the newest first. */
export function EventList() {
  const { t } = useTranslation();
  const { page } = useBusAddress();
  const events = useEvents(page, PAGE_SIZE);
  useRefetchOn(EVENTS_KEY, EVENT_EVENTS);
  if (events.error !== null) return <FailureState error={events.error} retry={() => void events.refetch()} />;
  if (events.data === undefined) return <PageSkeleton />;
  const { data, pagination } = events.data;
  if (pagination.total === 0) return <EmptyState title={t("bus.noEvents")} hint={t("bus.noEventsHint")} />;
  const columns: PlainColumn<BusEvent>[] = [
    { key: "type", title: t("bus.eventType"), cell: (event) => <EventLink event={event} /> },
    { key: "source", title: t("bus.source"), cell: (event) => event.sourceServiceCode },
    { key: "routes", title: t("bus.routesTaken"), cell: (event) => (event.routeCount === 0 ? <span className="faint">{t("common.none")}</span> : event.routeCount) },
    { key: "accepted", title: t("bus.accepted"), cell: (event) => <RelativeTime at={event.acceptedAt} /> },
  ];
  return (
    <Panel title={t("bus.events")} flush>
      <PlainTable columns={columns} rows={data} rowKey={(event) => event.id} label={t("bus.events")} />
      <Pages page={page} total={pagination.total} />
    </Panel>
  );
}

function EventLink({ event }: { event: BusEvent }) {
  const { hrefOf } = useBusAddress();
  return (
    <Link className="break" to={hrefOf({ event: event.id })}>
      {event.eventType}
    </Link>
  );
}
