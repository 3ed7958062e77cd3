import { useTranslation } from "react-i18next";
import { PageHeader } from "../../components/PageHeader";
import { ServiceReason } from "../../components/ServiceReason";
import { WatchButton } from "../../components/WatchButton";
import { ConnectionTag, ServiceTag } from "../../components/StatusTag";
import type { ServiceDetailRow } from "../../wire/frames";

export function ServiceHeader({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  return (
    <PageHeader
      title={service.name}
      parent={{ to: "/", label: t("nav.fleet") }}
      tag={<ServiceTag service={service} large />}
      actions={<WatchButton serviceId={service.id} />}
    >
      <ServiceReason service={service} />
      <ConnectionTag connection={service.connection} />
      <code className="faint">{service.code}</code>
      {service.description !== null && <p className="page-header__description">{service.description}</p>}
    </PageHeader>
  );
}
