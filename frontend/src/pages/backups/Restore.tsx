import { useTranslation } from "react-i18next";
import { useBackups } from "../../api/backups";
import { useRuntime } from "../../api/diagnostics";
import { CodeBlock } from "../../components/CodeBlock";
import { Panel } from "../../components/Panel";
import { useLinkStatus } from "../../store/hooks";

/** Stands for the file while none is known. */
const FILE = "FILE";
const CHECK = "opstage audit verify";

/** How to go back: on the server's machine, while the server does not run. */
export function Restore() {
  const { t } = useTranslation();
  const folder = useRuntime(useLinkStatus().hello?.epoch ?? null).data?.config.backupDir;
  const newest = useBackups(1, 1).data?.data[0]?.name;
  const file = folder === undefined || newest === undefined ? FILE : `'${folder}/${newest}'`;
  return (
    <Panel title={t("backups.restore")}>
      <ol className="steps">
        <li>{t("backups.restoreStop")}</li>
        <li>
          {t("backups.restoreRun")}
          <CodeBlock name={t("backups.terminal")} code={`opstage restore ${file}`} />
        </li>
        <li>{t("backups.restoreStart")}</li>
        <li>
          {t("backups.restoreCheck")}
          <CodeBlock name={t("backups.terminal")} code={CHECK} />
        </li>
      </ol>
      <p className="note">{t("backups.restoreLost")}</p>
    </Panel>
  );
}
