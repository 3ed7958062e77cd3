import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { useBack, usePassage } from "../../components/back";
import { RunsIcon } from "../../components/icons";
import { LinkButton } from "../../components/LinkButton";
import { PageHeader } from "../../components/PageHeader";
import { ServiceReason } from "../../components/ServiceReason";
import { WatchButton } from "../../components/WatchButton";
import { ConnectionTag, ServiceTag } from "../../components/StatusTag";
import { RetiredNote } from "../../components/RetiredNote";
import type { ServiceDetailRow } from "../../wire/frames";

export function ServiceHeader({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  const back = useBack({ to: "/services", label: t("nav.services") });
  return (
    <>
      <PageHeader
        title={service.name}
        parent={back}
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
  const passage = usePassage(service.name);
  return (
    <div className="header-actions">
      {mayOperate && service.retiredAt === null && (
        <LinkButton icon={<RunsIcon size={16} />} to={`/runs/new?services=${encodeURIComponent(service.id)}`} state={passage}>
          {t("service.runOnMany")}
        </LinkButton>
      )}
      <WatchButton serviceId={service.id} />
    </div>
  );
}
