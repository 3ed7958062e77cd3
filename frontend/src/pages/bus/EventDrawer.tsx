import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useEvent, useRoutes, type BusEventDetail, type RoutedCommand } from "../../api/bus";
import { usePassage } from "../../components/back";
import { FailureState } from "../../components/EmptyState";
import { isEmpty } from "../../components/json";
import { JsonView } from "../../components/JsonView";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Facts } from "../../components/Panel";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { useBusAddress } from "./address";

/** One event: what it said, and what each route made of it. */
export function EventDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const event = useEvent(id);
  return (
    <Drawer open size={720} title={event.data?.eventType ?? t("bus.event")} onClose={close}>
      {event.isPending && <PageSkeleton />}
      {event.error !== null && <FailureState error={event.error} retry={() => void event.refetch()} />}
      {event.data !== undefined && <EventParts event={event.data} />}
    </Drawer>
  );
}

function EventParts({ event }: { event: BusEventDetail }) {
  const { t } = useTranslation();
  const { hrefOf } = useBusAddress();
  const passage = usePassage(t("nav.bus"));
  const { causationId: cause } = event;
  return (
    <div className="token">
      <Facts
        facts={[
          { label: t("bus.source"), value: <Link to={`/services/${event.sourceServiceId ?? ""}`} state={passage}>{event.sourceServiceCode}</Link> },
          { label: t("bus.occurred"), value: <RelativeTime at={event.occurredAt} /> },
          { label: t("bus.accepted"), value: <RelativeTime at={event.acceptedAt} /> },
          { label: t("bus.correlation"), value: event.correlationId === undefined ? null : <code className="break">{event.correlationId}</code> },
          { label: t("bus.cause"), value: cause === undefined ? null : <Link to={hrefOf({ event: cause })}>{cause}</Link> },
          { label: t("bus.eventId"), value: <code className="break">{event.id}</code> },
        ]}
      />
      <section className="token__part">
        <h3>{t("bus.outcome")}</h3>
        {event.routedCommands.length === 0 ? <p className="faint">{t("bus.unmatchedHint")}</p> : <Outcomes routed={event.routedCommands} />}
      </section>
      <section className="token__part">
        <h3>{t("bus.payload")}</h3>
        <JsonView value={event.payload} />
      </section>
      {!isEmpty(event.metadata) && (
        <section className="token__part">
          <h3>{t("bus.metadata")}</h3>
          <JsonView value={event.metadata} />
        </section>
      )}
    </div>
  );
}

function Outcomes({ routed }: { routed: RoutedCommand[] }) {
  const { t } = useTranslation();
  const columns: PlainColumn<RoutedCommand>[] = [
    { key: "route", title: t("bus.route"), cell: (one) => <RouteLink id={one.routeId} /> },
    { key: "target", title: t("bus.target"), cell: (one) => <code className="break">{`${one.targetServiceCode} ${one.actionName}`}</code> },
    { key: "status", title: t("bus.status"), cell: (one) => <Outcome routed={one} /> },
  ];
  return <PlainTable columns={columns} rows={routed} rowKey={(one) => one.routeId} label={t("bus.outcome")} />;
}

function RouteLink({ id }: { id: string }) {
  const { t } = useTranslation();
  const { hrefOf } = useBusAddress();
  const route = useRoutes().data?.find((one) => one.id === id);
  if (route === undefined) return <span className="faint">{t("bus.routeGone")}</span>;
  return <Link to={hrefOf({ event: null, route: id })}>{route.name}</Link>;
}

function Outcome({ routed }: { routed: RoutedCommand }) {
  const { t } = useTranslation();
  const passage = usePassage(t("nav.bus"));
  return (
    <span className="two-lines">
      <StatusTag kind="routed" state={routed.status} />
      {typeof routed.errorCode === "string" && <code className="break">{routed.errorCode}</code>}
      {typeof routed.errorMessage === "string" && <span className="faint">{routed.errorMessage}</span>}
      {typeof routed.commandId === "string" && (
        <Link to={`/commands/${routed.commandId}`} state={passage}>
          {t("bus.openCommand")}
        </Link>
      )}
    </span>
  );
}
