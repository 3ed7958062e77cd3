import { Button, Progress } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BACKUP_EVENTS, BACKUPS_KEY, useMakeBackup } from "../api/backups";
import { save, type ReceivedFile } from "../api/file";
import { useRefetchOn } from "../api/refetch";
import { ErrorNote } from "../components/ErrorNote";
import { Needs } from "../components/Forbidden";
import { formatBytes } from "../components/format";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateShape } from "../components/StateShape";
import { KeptBackups } from "./backups/KeptBackups";
import { Restore } from "./backups/Restore";
import { Schedule } from "./backups/Schedule";
import "../styles/system.css";

/** Copies of the database: to make, to find again, and how to go back to one. */
export function Backups() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageHeader title={t("nav.backups")}>
        <span className="faint">{t("backups.intro")}</span>
      </PageHeader>
      <Needs capability="administer">
        <Parts />
      </Needs>
    </div>
  );
}

function Parts() {
  useRefetchOn(BACKUPS_KEY, BACKUP_EVENTS);
  return (
    <div className="columns">
      <div className="columns__main">
        <MakeOne />
        <KeptBackups />
      </div>
      <div className="columns__side">
        <Schedule />
        <Restore />
      </div>
    </div>
  );
}

interface Arrived {
  readonly bytes: number;
  readonly total: number | null;
}

function MakeOne() {
  const { t } = useTranslation();
  const [arrived, setArrived] = useState<Arrived | null>(null);
  const make = useMakeBackup((bytes, total) => setArrived({ bytes, total }));
  const start = () => {
    setArrived(null);
    make.mutate(undefined, { onSuccess: save });
  };
  return (
    <Panel title={t("backups.make")}>
      <p className="faint">{t("backups.makeHint")}</p>
      <div>
        <Button type="primary" loading={make.isPending} onClick={start}>
          {t("backups.makeNow")}
        </Button>
      </div>
      <div role="status">
        {make.isPending && <Arriving arrived={arrived} />}
        {make.isSuccess && <Done file={make.data} />}
      </div>
      {make.error !== null && <ErrorNote error={make.error} />}
    </Panel>
  );
}

function Arriving({ arrived }: { arrived: Arrived | null }) {
  const { t } = useTranslation();
  if (arrived === null) return <p>{t("backups.copying")}</p>;
  const percent = arrived.total === null ? 0 : Math.floor((100 * arrived.bytes) / arrived.total);
  return (
    <>
      <p>{t("backups.downloading", { bytes: formatBytes(arrived.bytes) })}</p>
      <Progress percent={percent} aria-label={t("backups.make")} />
    </>
  );
}

function Done({ file }: { file: ReceivedFile }) {
  const { t } = useTranslation();
  return (
    <p>
      <StateShape look={{ tone: "good", shape: "check" }} size={14} /> {t("backups.done", { name: file.name, bytes: formatBytes(file.content.size) })}
    </p>
  );
}
