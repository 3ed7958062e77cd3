import { useTranslation } from "react-i18next";
import { usePublicSettings } from "../../api/system";
import { FailureState } from "../../components/EmptyState";
import { formatBytes, formatDuration } from "../../components/format";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Facts, Panel } from "../../components/Panel";
import { useLinkStatus } from "../../store/hooks";

/** What the environment decided at the start of the server and holds for everybody. */
export function PublicFacts() {
  const { t } = useTranslation();
  const settings = usePublicSettings();
  const { hello } = useLinkStatus();
  const { data } = settings;
  return (
    <Panel title={t("settings.fixed")}>
      <p className="faint">{t("settings.fixedHint")}</p>
      {settings.error !== null && <FailureState error={settings.error} retry={() => void settings.refetch()} />}
      {settings.isPending && <PageSkeleton rows={3} />}
      {data !== undefined && (
        <Facts
          facts={[
            { label: t("settings.version"), value: hello?.version },
            { label: t("settings.edition"), value: data.edition },
            { label: t("settings.bus"), value: data.capsuleBusEnabled ? t("common.on") : t("common.off") },
            { label: t("settings.session"), value: formatDuration(data.sessionTtlSeconds * 1000) },
            { label: t("settings.password"), value: t("settings.characters", { count: data.passwordMinLength }) },
            { label: t("settings.request"), value: formatBytes(data.requestMaxBytes) },
            { label: t("settings.result"), value: formatBytes(data.commandResultMaxBytes) },
          ]}
        />
      )}
    </Panel>
  );
}
