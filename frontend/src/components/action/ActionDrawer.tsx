import { Drawer } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import type { ServiceDetailRow } from "../../wire/frames";
import { actionPanel } from "../../pages";
import type { Passage } from "../back";
import { EmptyState } from "../EmptyState";
import { PageSkeleton } from "../PageSkeleton";
import type { OpenAction } from "../result/resultAction";
import { DangerMark } from "./DangerMark";

const ActionPanel = lazy(actionPanel);

interface DrawerProps {
  service: ServiceDetailRow;
  opened: OpenAction;
  /** What the page of the command is given: where it leads back to. */
  passage: Passage;
  close: () => void;
}

/** The place where an action is filled in and started. */
export function ActionDrawer({ service, opened, passage, close }: DrawerProps) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const { name } = opened;
  const action = service.actions.find((one) => one.name === name);
  const title = (
    <div className="drawer-title">
      <span>
        {action?.label ?? name} {action !== undefined && <DangerMark level={action.dangerLevel} />}
      </span>
      <span className="faint drawer-title__target">{t("action.on", { name: service.name })}</span>
    </div>
  );
  return (
    <Drawer open onClose={close} title={title} size={560}>
      {action === undefined && <EmptyState title={t("action.unknown", { name })} />}
      {action !== undefined && !mayOperate && <EmptyState title={t("action.viewer")} look={{ tone: "idle", shape: "slash" }} />}
      {action !== undefined && mayOperate && (
        <Suspense fallback={<PageSkeleton rows={4} />}>
          {/* Another button for the same action starts afresh. */}
          <ActionPanel key={`${name} ${JSON.stringify(opened)}`} service={service} action={action} opened={opened} passage={passage} />
        </Suspense>
      )}
    </Drawer>
  );
}
