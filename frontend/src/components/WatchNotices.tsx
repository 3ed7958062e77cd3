import { App } from "antd";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useReasonText } from "../i18n/texts";
import { isCurrent, serviceGroup, type ServiceGroup } from "../store/fleet";
import { useView } from "../store/hooks";
import { turnedBad } from "../store/watch";
import type { ServiceRow } from "../wire/frames";
import { StateShape } from "./StateShape";
import { serviceLook } from "./states";
import { notices, useWatched } from "./watching";

/** Tells when a watched service turns bad: on the page, and by the browser where it may. */
export function WatchNotices() {
  const store = useView("fleet");
  const watched = useWatched();
  const tell = useEffectEvent(useTell());
  useEffect(() => {
    const groups = new Map<string, ServiceGroup>();
    const look = (id: string): void => {
      const row = store.row(id);
      if (row?.kind !== "service") return;
      if (turnedBad(groups.get(id), row)) tell(row);
      groups.set(id, serviceGroup(row));
    };
    watched.forEach(look);
    const leave = watched.map((id) => store.listenRow(id, () => look(id)));
    return () => leave.forEach((one) => one());
  }, [store, watched]);
  return null;
}

function useTell(): (service: ServiceRow) => void {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const reason = useReasonText();
  const navigate = useNavigate();
  return (service) => {
    const title = t("watch.turnedBad", { name: service.name });
    const description = (isCurrent(service) ? service.healthMessage : null) ?? reason(service.statusReason);
    const open = (): void => {
      notification.destroy(service.id);
      void navigate(`/services/${service.id}`);
    };
    const icon = <StateShape look={serviceLook(service)} size={22} />;
    notification.open({ key: service.id, title, description, icon, onClick: open, duration: false });
    if (notices() === "granted") notify(title, description, service.id, open);
  };
}

/** One notice a service; a newer one takes the place of the older. */
function notify(title: string, body: string, tag: string, open: () => void): void {
  const notice = new Notification(title, { body, tag, icon: "/favicon.svg" });
  notice.onclick = () => {
    window.focus();
    notice.close();
    open();
  };
}
