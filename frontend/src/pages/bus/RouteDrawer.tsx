import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { useRoutes } from "../../api/bus";
import { useMay } from "../../api/session";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { PageSkeleton } from "../../components/PageSkeleton";
import { NEW } from "./address";
import { RouteForm } from "./RouteForm";

/** A route to look at, to change, or to make. */
export function RouteDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const routes = useRoutes();
  const route = routes.data?.find((one) => one.id === id);
  const missing = routes.data !== undefined && route === undefined && id !== NEW;
  return (
    <Drawer open size={720} title={route?.name ?? t("bus.newRoute")} onClose={close} mask={{ closable: false }}>
      {routes.error !== null && <FailureState error={routes.error} retry={() => void routes.refetch()} />}
      {routes.isPending && <PageSkeleton />}
      {missing && <EmptyState title={t("bus.routeGone")} />}
      {(route !== undefined || (id === NEW && mayOperate)) && <RouteForm route={route ?? null} done={close} />}
    </Drawer>
  );
}
