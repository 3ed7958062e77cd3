import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../components/EmptyState";
import { SearchField } from "../../components/FilterBar";
import { KeyholeIcon } from "../../components/icons";
import { Panel } from "../../components/Panel";
import { useConfigText } from "../../i18n/texts";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { useFilter } from "../../components/useFilter";
import type { ConfigBody } from "../../wire/frames";

/** Fewer settings than this are seen at a glance. */
const SEARCHED_FROM = 8;

export function ServiceConfigs({ configs }: { configs: ConfigBody[] }) {
  const { t } = useTranslation();
  const { filter, setText } = useFilter();
  const columns = useConfigColumns();
  const found = useMemo(() => matching(configs, filter.text), [configs, filter.text]);
  if (configs.length === 0) return <EmptyState title={t("service.noConfigs")} hint={t("service.configHint")} />;
  return (
    <div className="stack">
      {configs.length >= SEARCHED_FROM && <SearchField text={filter.text} placeholder={t("service.searchConfigs")} onChange={setText} />}
      <Panel title={t("service.configuration")} flush>
        {found.length === 0 ? (
          <p className="faint configs__none">{t("fleet.nothingFound")}</p>
        ) : (
          <PlainTable columns={columns} rows={found} rowKey={(row) => row.key} label={t("service.configuration")} />
        )}
        <p className="faint panel__foot panel__foot--padded">{t("service.configHint")}</p>
      </Panel>
    </div>
  );
}

function matching(configs: ConfigBody[], text: string): ConfigBody[] {
  const needle = text.trim().toLowerCase();
  const words = (config: ConfigBody) => [config.key, config.label, config.valuePreview, config.secretRef, config.source, config.type];
  return configs.filter((config) => words(config).some((word) => word?.toLowerCase().includes(needle)));
}

function useConfigColumns(): PlainColumn<ConfigBody>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "key", title: t("service.colKey"), cell: keyCell },
      { key: "value", title: t("service.colValue"), cell: (row) => <ConfigValue config={row} /> },
      { key: "default", title: t("service.colDefault"), cell: (row) => <code className="break faint">{row.defaultValue ?? "–"}</code> },
      { key: "source", title: t("service.colSource"), cell: (row) => <Word of="source" word={row.source} /> },
      { key: "type", title: t("service.colType"), cell: (row) => <Word of="type" word={row.type} /> },
    ],
    [t],
  );
}

/** A word of the wire in the reader's language, with the word itself in the tooltip. */
function Word({ of, word }: { of: "source" | "type"; word: string | null }) {
  const text = useConfigText();
  return word === null ? <span className="faint">–</span> : <span title={word}>{text[of](word)}</span>;
}

function keyCell(config: ConfigBody) {
  return (
    <span className="two-lines">
      <code className="strong break">{config.key}</code>
      <span className="faint">{config.label}</span>
    </span>
  );
}

/** The server never has the value of a sensitive setting; dots say that there is one. */
function ConfigValue({ config }: { config: ConfigBody }) {
  const { t } = useTranslation();
  return (
    <span className="two-lines">
      {config.sensitive ? (
        <span className="masked" title={t("service.masked")} aria-label={t("service.masked")}>
          ••••
        </span>
      ) : (
        <code className="break">{config.valuePreview ?? (config.secretRef === null ? "–" : "")}</code>
      )}
      {config.secretRef !== null && (
        <span className="secret-ref" title={t("service.secretRef")}>
          <KeyholeIcon size={13} /> <code className="break">{config.secretRef}</code>
        </span>
      )}
    </span>
  );
}
