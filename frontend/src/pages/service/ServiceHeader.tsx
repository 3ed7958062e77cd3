import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../../api/session";
import { PageHeader } from "../../components/PageHeader";
import { ServiceReason } from "../../components/ServiceReason";
import { WatchButton } from "../../components/WatchButton";
import { ConnectionTag, ServiceTag } from "../../components/StatusTag";
import { RetiredNote } from "../../components/RetiredNote";
import { RunsIcon } from "../../components/icons";
import type { ServiceDetailRow } from "../../wire/frames";

export function ServiceHeader({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader
        title={service.name}
        parent={{ to: "/services", label: t("nav.services") }}
        tag={<ServiceTag service={service} large />}
        actions={<HeaderActions service={service} />}
      >
        <ServiceReason service={service} />
        <ConnectionTag connection={service.connection} />
        <code className="faint">{service.code}</code>
        {service.description !== null && <p className="page-header__description">{service.description}</p>}
      </PageHeader>
      <RetiredNote at={service.retiredAt} text={t("service.retiredHint")} />
    </>
  );
}

function HeaderActions({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  return (
    <div className="header-actions">
      {mayOperate && service.retiredAt === null && (
        <Link className="link-button" to={`/runs/new?services=${encodeURIComponent(service.id)}`}>
          <RunsIcon size={16} />
          {t("service.runOnMany")}
        </Link>
      )}
      <WatchButton serviceId={service.id} />
    </div>
  );
}
