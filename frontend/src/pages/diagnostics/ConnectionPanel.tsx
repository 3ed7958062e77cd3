import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { formatAge } from "../../components/format";
import { Facts, Panel } from "../../components/Panel";
import { PlainTable } from "../../components/PlainTable";
import { useLinkStatus, useLive, useTicking } from "../../store/hooks";

/** The live connection of this browser, as it is this second. */
export function ConnectionPanel() {
  const { t, i18n } = useTranslation();
  const live = useLive();
  const status = useLinkStatus();
  useTicking((now) => Math.floor(now / 1000));
  const { heardAt, roundTripMs } = live.link;
  const now = Date.now();
  const measure = (
    <Button size="small" disabled={status.phase !== "live"} onClick={() => live.link.wake()}>
      {t("diagnostics.measure")}
    </Button>
  );
  return (
    <Panel title={t("diagnostics.connection")} extra={measure}>
      <Facts
        facts={[
          { label: t("diagnostics.phase"), value: `${t(`link.${status.phase}`)} · ${formatAge(status.since, now, i18n.language)}` },
          { label: t("diagnostics.heard"), value: heardAt === null ? null : formatAge(heardAt, now, i18n.language) },
          { label: t("diagnostics.roundTrip"), value: roundTripMs === null ? t("diagnostics.notMeasured") : `${Math.round(roundTripMs)}ms` },
          { label: t("diagnostics.epoch"), value: status.hello === null ? null : <code className="break">{status.hello.epoch}</code> },
        ]}
      />
      <Views />
    </Panel>
  );
}

function Views() {
  const { t } = useTranslation();
  const { views } = useLive();
  const rows = [...views].filter(([, store]) => store.followed).map(([name, { view }]) => ({ name, revision: view.cursor?.revision ?? null, rows: view.rows.size }));
  return (
    <PlainTable
      columns={[
        { key: "view", title: t("diagnostics.view"), cell: ({ name }) => <code className="break">{name}</code> },
        { key: "revision", title: t("diagnostics.revision"), cell: ({ revision }) => <span className="numbers">{revision ?? "–"}</span> },
        { key: "rows", title: t("diagnostics.rows"), cell: (row) => <span className="numbers">{row.rows}</span> },
      ]}
      rows={rows}
      rowKey={({ name }) => name}
      label={t("diagnostics.views")}
    />
  );
}
