import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { exportAddress, type AuditFilter, type ExportFormat } from "../../api/audit";

const FORMATS: readonly ExportFormat[] = ["csv", "json", "ndjson"];

/** All events that match, as a file: the browser streams it to the disk by itself. */
export function ExportMenu({ filter }: { filter: AuditFilter }) {
  const { t } = useTranslation();
  const items = FORMATS.map((format) => ({
    key: format,
    label: (
      <a href={exportAddress(filter, format)} download>
        {format.toUpperCase()}
      </a>
    ),
  }));
  return (
    <Dropdown menu={{ items }} trigger={["click"]} autoFocus placement="bottomRight">
      <Button>{t("audit.export")}</Button>
    </Dropdown>
  );
}
