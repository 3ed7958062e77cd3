import { Button, Popconfirm, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ROUTE_EVENTS, ROUTE_STATES, ROUTES_KEY, useDeleteRoute, useRoutes, useSaveRoute, type BusRoute, type RouteState } from "../../api/bus";
import { useRefetchOn } from "../../api/refetch";
import { useMay } from "../../api/session";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { ErrorNote } from "../../components/ErrorNote";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { useStateText } from "../../i18n/texts";
import { useBusAddress } from "./address";
import { inputOf } from "./mapping";

/** Which events become which actions. */
export function RouteList() {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const routes = useRoutes();
  useRefetchOn(ROUTES_KEY, ROUTE_EVENTS);
  if (routes.error !== null) return <FailureState error={routes.error} retry={() => void routes.refetch()} />;
  if (routes.data === undefined) return <PageSkeleton />;
  if (routes.data.length === 0) return <EmptyState title={t("bus.noRoutes")} hint={mayOperate ? t("bus.noRoutesHint") : t("bus.noRoutesViewer")} />;
  const columns: PlainColumn<BusRoute>[] = [
    { key: "name", title: t("bus.name"), cell: (route) => <RouteName route={route} /> },
    { key: "status", title: t("bus.status"), cell: (route) => <RouteSwitch route={route} /> },
    { key: "match", title: t("bus.when"), cell: (route) => <Match route={route} /> },
    { key: "target", title: t("bus.target"), cell: (route) => <TargetOf route={route} /> },
    { key: "updated", title: t("bus.updated"), cell: (route) => <RelativeTime at={route.updatedAt} /> },
    { key: "do", title: "", cell: (route) => (mayOperate ? <DeleteButton route={route} /> : null) },
  ];
  return (
    <Panel title={t("bus.routes")} flush>
      <PlainTable columns={columns} rows={routes.data} rowKey={(route) => route.id} label={t("bus.routes")} />
    </Panel>
  );
}

function RouteName({ route }: { route: BusRoute }) {
  const { hrefOf } = useBusAddress();
  return (
    <span className="two-lines">
      <Link className="strong" to={hrefOf({ route: route.id })}>
        {route.name}
      </Link>
      {route.description !== undefined && <span className="faint">{route.description}</span>}
    </span>
  );
}

function Match({ route: { match } }: { route: BusRoute }) {
  const { t } = useTranslation();
  return (
    <span className="two-lines">
      <code className="break">{match.eventType}</code>
      <span className="faint">{match.sourceServiceCode === undefined ? t("bus.anySource") : t("bus.fromSource", { code: match.sourceServiceCode })}</span>
    </span>
  );
}

function TargetOf({ route: { target, allowDangerous } }: { route: BusRoute }) {
  const { t } = useTranslation();
  return (
    <span className="two-lines">
      <span>{target.serviceCode}</span>
      <code className="faint break">{target.actionName}</code>
      {allowDangerous && <span className="chip">{t("bus.dangerousAllowed")}</span>}
    </span>
  );
}

/** Off, tried out, or on. */
function RouteSwitch({ route }: { route: BusRoute }) {
  const { t } = useTranslation();
  const text = useStateText();
  const mayOperate = useMay("operate");
  const save = useSaveRoute();
  if (!mayOperate) return <StatusTag kind="route" state={route.status} />;
  const options = ROUTE_STATES.map((value) => ({ value, label: text("route", value) }));
  const choose = (status: RouteState) => save.mutate({ id: route.id, route: { ...inputOf(route), status } });
  return (
    <span className="route-switch">
      <Segmented<RouteState> size="small" value={route.status} options={options} disabled={save.isPending} onChange={choose} aria-label={t("bus.statusOf", { name: route.name })} />
      {save.error !== null && <ErrorNote error={save.error} />}
    </span>
  );
}

function DeleteButton({ route }: { route: BusRoute }) {
  const { t } = useTranslation();
  const remove = useDeleteRoute();
  return (
    <div className="token-buttons">
      <Popconfirm
        title={t("bus.deleteAsk", { name: route.name })}
        okText={t("bus.delete")}
        cancelText={t("common.back")}
        okButtonProps={{ danger: true }}
        placement="topRight"
        onConfirm={() => remove.mutate(route.id)}
      >
        <Button size="small" danger loading={remove.isPending}>
          {t("bus.delete")}
        </Button>
      </Popconfirm>
      {remove.error !== null && <ErrorNote error={remove.error} />}
    </div>
  );
}
