import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Panel } from "../../components/Panel";
import { ServiceTag } from "../../components/StatusTag";
import { askToNotify, notices, useToggleWatch, useWatched } from "../../components/watching";
import { useRow, useView } from "../../store/hooks";

/** The services one is told of, and whether the browser may tell as well. */
export function Notices() {
  const { t } = useTranslation();
  const watched = useWatched();
  return (
    <Panel title={t("watch.title")}>
      <Permission />
      {watched.length === 0 && <p className="faint">{t("watch.none")}</p>}
      <ul className="watched">
        {watched.map((id) => (
          <Watched key={id} id={id} />
        ))}
      </ul>
    </Panel>
  );
}

function Permission() {
  const { t } = useTranslation();
  const [state, setState] = useState(notices);
  const ask = (): void => void askToNotify().then(() => setState(notices()));
  return (
    <p className="watched__permission">
      {t(`watch.permission.${state}`)} {state === "default" && <Button onClick={ask}>{t("watch.allow")}</Button>}
    </p>
  );
}

function Watched({ id }: { id: string }) {
  const { t } = useTranslation();
  const service = useRow(useView("fleet"), id, "service");
  const toggle = useToggleWatch(id);
  const name = service?.name ?? id;
  return (
    <li>
      <Link to={`/services/${id}`}>{name}</Link>
      {service !== undefined && <ServiceTag service={service} />}
      <Button type="text" size="small" onClick={toggle} aria-label={t("watch.stop", { name })}>
        ×
      </Button>
    </li>
  );
}
