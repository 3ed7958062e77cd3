import { Input, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { asApiError } from "../../api/errors";
import { Panel } from "../../components/Panel";
import type { RunPreviewBody } from "../../wire/frames";
import type { Draft } from "./draft";
import { ServicePicker } from "./ServicePicker";
import type { ChangeDraft } from "./useDraft";

interface TargetsProps {
  draft: Draft;
  change: ChangeDraft;
  preview: RunPreviewBody | undefined;
  error: unknown;
}

/** Step one: which services. */
export function Targets({ draft, change, preview, error }: TargetsProps) {
  const { t } = useTranslation();
  const options = [
    { value: "services" as const, label: t("runs.bySelection") },
    { value: "selector" as const, label: t("runs.bySelector") },
  ];
  return (
    <Panel
      title={t("runs.step1")}
      extra={<Segmented<Draft["by"]> value={draft.by} onChange={(by) => change({ by })} options={options} aria-label={t("runs.step1")} />}
    >
      {draft.by === "services" ? (
        <ServicePicker services={draft.services} choose={(services) => change({ services })} />
      ) : (
        <SelectorField selector={draft.selector} change={(selector) => change({ selector })} count={preview?.total} error={error} />
      )}
    </Panel>
  );
}

interface SelectorProps {
  selector: string;
  change: (selector: string) => void;
  count: number | undefined;
  error: unknown;
}

function SelectorField({ selector, change, count, error }: SelectorProps) {
  const { t } = useTranslation();
  const complaints = error === null ? [] : asApiError(error).issues.map(({ message }) => message);
  return (
    <div className="stack">
      <label className="run-selector">
        <span className="strong">{t("runs.selector")}</span>
        <Input
          value={selector}
          placeholder="env=prod, tier in (web, api)"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          status={complaints.length > 0 ? "error" : undefined}
          aria-describedby="run-selector-told"
          onChange={(event) => change(event.target.value)}
        />
      </label>
      <div id="run-selector-told" role="status" className="stack">
        {complaints.map((text) => (
          <span key={text} className="run-complaint">
            {text}
          </span>
        ))}
        {complaints.length === 0 && selector.trim() !== "" && count !== undefined && <span>{t("runs.selects", { count })}</span>}
        <span className="faint">{t("runs.selectorHint")}</span>
      </div>
    </div>
  );
}
