import { useTranslation } from "react-i18next";
import { useServiceCalls } from "../../api/services";
import { useMay } from "../../api/session";
import { Manage, type Operation } from "../../components/Manage";
import type { ServiceDetailRow } from "../../wire/frames";

/** Taking the service out of use; shown to whom the role allows it. */
export function ServiceManage({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const retire = useRetire(service);
  const remove = useRemove(service);
  if (!mayOperate) return null;
  return <Manage title={t("service.manage")} operations={[service.retiredAt === null ? retire : remove]} />;
}

function useRetire({ id, name }: ServiceDetailRow): Operation {
  const { t } = useTranslation();
  const { retire } = useServiceCalls(id);
  return {
    key: "retire",
    label: t("service.retire"),
    effect: t("service.retireEffect"),
    question: t("service.retireAsk", { name }),
    danger: true,
    done: t("service.retireDone", { name }),
    run: retire,
  };
}

function useRemove({ id, name, code }: ServiceDetailRow): Operation {
  const { t } = useTranslation();
  const { remove } = useServiceCalls(id);
  return {
    key: "delete",
    label: t("service.delete"),
    effect: t("service.deleteEffect"),
    question: t("service.deleteAsk", { name }),
    danger: true,
    typing: code,
    done: t("service.deleteDone", { name }),
    run: remove,
  };
}
