import { Button } from "antd";
import { useMemo, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Virtuoso } from "react-virtuoso";
import { PlayIcon } from "../../components/icons";
import { Panel } from "../../components/Panel";
import { StateShape } from "../../components/StateShape";
import { ServiceTag, StatusTag } from "../../components/StatusTag";
import { useRow, useView } from "../../store/hooks";
import type { RunPreviewBody, RunTargetBody } from "../../wire/frames";
import { FORM_ID } from "./ActionStep";
import { TargetProblem } from "./TargetProblem";

interface StepProps {
  preview: RunPreviewBody;
  /** Without an action only the services are shown. */
  action: string | null;
  danger: boolean;
  busy: boolean;
  /** True while what is shown may not be what would be done. */
  outdated: boolean;
}

/** Step three: what would be done to whom, and the button that does it. */
export function PreviewStep({ preview, action, danger, busy, outdated }: StepProps) {
  const { t } = useTranslation();
  const skipped = preview.total - preview.ready;
  return (
    <Panel title={t("runs.step3")} flush>
      <div className="run-preview">
        <p role="status">
          <span className="strong">{t("runs.ready", { count: preview.ready })}</span>
          {skipped > 0 && `, ${t("runs.willSkip", { count: skipped })}`}
        </p>
        {action === null && <span className="faint">{t("runs.actionFirst")}</span>}
        <Button
          type="primary"
          className="run-preview__go"
          size="large"
          htmlType="submit"
          form={FORM_ID}
          danger={danger}
          icon={<PlayIcon size={16} />}
          loading={busy}
          disabled={action === null || preview.ready === 0 || outdated}
        >
          {t("runs.run", { count: preview.ready })}
        </Button>
      </div>
      <TargetTable targets={preview.targets} />
    </Panel>
  );
}

/** Those that would be skipped first: they are what there is to decide. */
function TargetTable({ targets }: { targets: readonly RunTargetBody[] }) {
  const { t } = useTranslation();
  const sorted = useMemo(() => [...targets].sort((a, b) => Number(a.problem === null) - Number(b.problem === null)), [targets]);
  const style = { "--tracks": "minmax(0, 1.4fr) 136px minmax(0, 2fr) minmax(0, 1fr)" } as CSSProperties;
  return (
    <div className="grid grid--inside" role="table" aria-label={t("runs.targets")} aria-rowcount={sorted.length + 1} style={style}>
      <div className="grid__row grid__head" role="row">
        {[t("runs.colService"), t("runs.colState"), t("runs.colReady"), t("runs.colAgent")].map((title) => (
          <div key={title} role="columnheader" className="grid__cell">
            {title}
          </div>
        ))}
      </div>
      <Virtuoso
        useWindowScroll
        role="rowgroup"
        data={sorted}
        computeItemKey={(_, target) => target.serviceId}
        increaseViewportBy={400}
        itemContent={(index, target) => <TargetRow target={target} rowIndex={index + 2} />}
      />
    </div>
  );
}

function TargetRow({ target, rowIndex }: { target: RunTargetBody; rowIndex: number }) {
  return (
    <div className="grid__row" role="row" aria-rowindex={rowIndex}>
      <div role="cell" className="grid__cell">
        <div className="two-lines">
          <Link to={`/services/${target.serviceId}`} className="strong ellipsis">
            {target.serviceName}
          </Link>
          <code className="faint ellipsis">{target.serviceCode}</code>
        </div>
      </div>
      <div role="cell" className="grid__cell grid__cell--aside">
        <TargetState target={target} />
      </div>
      <div role="cell" className="grid__cell grid__cell--line">
        <Readiness target={target} />
      </div>
      <div role="cell" className="grid__cell grid__cell--hidden">
        <code className="faint ellipsis">{target.agentCode}</code>
      </div>
    </div>
  );
}

/** As everywhere: only the fleet tells a degraded service from one that is down. */
function TargetState({ target }: { target: RunTargetBody }) {
  const row = useRow(useView("fleet"), target.serviceId, "service");
  return row === undefined ? <StatusTag kind="service" state={target.status} /> : <ServiceTag service={row} />;
}

function Readiness({ target }: { target: RunTargetBody }) {
  const { t } = useTranslation();
  const tone = target.problem === null ? "good" : "warn";
  return (
    <span className={`run-ready tone-${tone}`}>
      <StateShape look={{ tone, shape: target.problem === null ? "check" : "slash" }} size={13} />
      <span>
        {t(target.problem === null ? "runs.isReady" : "runs.isSkipped")} <TargetProblem target={{ errorCode: target.problem, errorMessage: target.message }} />
      </span>
    </span>
  );
}
