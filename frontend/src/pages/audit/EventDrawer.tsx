import { Button, Drawer, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useAuditEvent, type AuditFilter } from "../../api/audit";
import { CopyButton } from "../../components/CopyButton";
import { FailureState } from "../../components/EmptyState";
import { JsonView } from "../../components/JsonView";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Facts } from "../../components/Panel";
import { FullTime, RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { useProgramText } from "../../components/useProgramText";
import { isEmpty } from "../../components/json";
import { useAuditText } from "../../i18n/texts";
import type { AuditRow } from "../../wire/frames";
import { Metadata } from "./Metadata";
import { Actor, Target } from "./parties";
import { withFilter } from "./filter";

interface DrawerProps {
  id: string;
  /** The event, when it is in the list. */
  known: AuditRow | undefined;
  close: () => void;
}

/** Everything an event says. */
export function EventDrawer({ id, known, close }: DrawerProps) {
  const { t } = useTranslation();
  const words = useAuditText();
  const { data, error, refetch } = useAuditEvent(id, known);
  const title = data === undefined ? t("audit.event") : words.action(data.action);
  return (
    <Drawer open onClose={close} title={title} size={620}>
      {error !== null && <FailureState error={error} retry={() => void refetch()} />}
      {error === null && data === undefined && <PageSkeleton rows={6} />}
      {data !== undefined && <Event row={data} />}
    </Drawer>
  );
}

function Event({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  const views = [
    { value: false, label: t("common.showFormatted") },
    { value: true, label: t("common.showRaw") },
  ];
  return (
    <div className="event">
      <Segmented<boolean> className="event__view" options={views} value={raw} onChange={setRaw} aria-label={t("audit.view")} />
      {raw ? <JsonView value={row} /> : <Formatted row={row} />}
      <Similar row={row} />
    </div>
  );
}

function Formatted({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const program = useProgramText();
  const facts = [
    { label: t("audit.colResult"), value: <StatusTag kind="outcome" state={row.result} /> },
    { label: t("audit.colWhen"), value: <When at={row.createdAt} /> },
    { label: t("audit.colWho"), value: <Actor row={row} /> },
    { label: t("audit.colTarget"), value: row.targetType === null ? null : <Target row={row} /> },
    { label: t("audit.message"), value: row.message },
    { label: t("audit.address"), value: row.ipAddress === null ? null : <code>{row.ipAddress}</code> },
    { label: t("audit.program"), value: row.userAgent === null ? null : <span title={row.userAgent}>{program(row.userAgent)}</span> },
  ];
  return (
    <>
      <Facts facts={facts} />
      {!isEmpty(row.metadata) && <Metadata metadata={row.metadata} />}
      <h2 className="panel__sub">{t("audit.place")}</h2>
      <Facts facts={usePlace(row)} />
    </>
  );
}

/** Where the event stands in the chain. */
function usePlace(row: AuditRow) {
  const { t } = useTranslation();
  return [
    { label: t("audit.actionName"), value: <Copied text={row.action} /> },
    { label: t("audit.id"), value: <Copied text={row.id} /> },
    { label: t("audit.sequence"), value: row.sequence },
    { label: t("audit.hash"), value: row.hash === null ? null : <Copied text={row.hash} /> },
  ];
}

function Copied({ text }: { text: string }) {
  return (
    <span className="break">
      <code>{text}</code> <CopyButton text={text} />
    </span>
  );
}

function When({ at }: { at: string }) {
  return (
    <span>
      <FullTime at={at} /> <span className="faint">(<RelativeTime at={at} />)</span>
    </span>
  );
}

/** From one event to those like it. */
function Similar({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const show = (filter: Partial<AuditFilter>) => () => void navigate({ pathname: "/audit", search: `?${withFilter(new URLSearchParams(), filter)}` });
  return (
    <div className="event__similar">
      <Button size="small" onClick={show({ action: [row.action] })}>
        {t("audit.sameAction")}
      </Button>
      {row.actorId !== null && (
        <Button size="small" onClick={show({ actorId: row.actorId })}>
          {t("audit.sameActor")}
        </Button>
      )}
      {row.targetId !== null && (
        <Button size="small" onClick={show({ targetType: row.targetType, targetId: row.targetId })}>
          {t("audit.sameTarget")}
        </Button>
      )}
    </div>
  );
}
