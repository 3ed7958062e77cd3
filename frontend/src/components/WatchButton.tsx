import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { BellIcon } from "./icons";
import { useToggleWatch, useWatched } from "./watching";

/** Be told when this service turns bad, or not any more. */
export function WatchButton({ serviceId }: { serviceId: string }) {
  const { t } = useTranslation();
  const watched = useWatched().includes(serviceId);
  const toggle = useToggleWatch(serviceId);
  return (
    <Button icon={<BellIcon size={16} />} aria-pressed={watched} type={watched ? "primary" : "default"} ghost={watched} title={t("watch.hint")} onClick={toggle}>
      {watched ? t("watch.watching") : t("watch.watch")}
    </Button>
  );
}
