import { useTranslation } from "react-i18next";

/** How the agent stands to its services; the word of the wire is in the tooltip. */
export function AgentMode({ mode }: { mode: string }) {
  const { t } = useTranslation();
  const words: Record<string, string> = {
    embedded: t("agents.pageModeEmbedded"),
    sidecar: t("agents.pageModeSidecar"),
    external: t("agents.pageModeExternal"),
    ophub: t("agents.pageModeOphub"),
  };
  return <span title={mode}>{words[mode] ?? mode}</span>;
}
