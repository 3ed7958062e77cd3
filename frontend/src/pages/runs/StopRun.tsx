import { Button, Modal, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStopRun } from "../../api/runs";
import { ErrorNote } from "../../components/ErrorNote";
import { underWay } from "../../store/runs";
import type { RunRow } from "../../wire/frames";

/** Ends a run early; one that runs out already can still have its commands cancelled. */
export function StopRun({ run }: { run: RunRow }) {
  return run.stopReason === null ? <StopButton run={run} /> : <CancelRest run={run} />;
}

function CancelRest({ run }: { run: RunRow }) {
  const { t } = useTranslation();
  const stop = useStopRun(run.id);
  const active = underWay(run);
  if (active === 0) return null;
  return (
    <Popconfirm title={t("runs.cancelAsk")} okText={t("runs.cancelRest", { count: active })} cancelText={t("common.back")} okButtonProps={{ danger: true }} onConfirm={() => stop.mutate(true)}>
      <Button danger loading={stop.isPending}>
        {t("runs.cancelRest", { count: active })}
      </Button>
    </Popconfirm>
  );
}

/** Nothing more is started, and what is under way goes on or is cancelled too. */
function StopButton({ run }: { run: RunRow }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const stop = useStopRun(run.id);
  const waiting = run.counts.WAITING ?? 0;
  const active = underWay(run);
  const send = (cancelRunning: boolean) => stop.mutate(cancelRunning, { onSuccess: () => setOpen(false) });
  return (
    <>
      <Button danger onClick={() => setOpen(true)}>
        {t("runs.stop")}
      </Button>
      <Modal
        open={open}
        title={t("runs.stopAsk")}
        onCancel={() => setOpen(false)}
        footer={
          <div className="run-stop">
            <Button onClick={() => setOpen(false)}>{t("common.back")}</Button>
            <Button danger loading={stop.isPending && stop.variables} disabled={stop.isPending || active === 0} onClick={() => send(true)}>
              {t("runs.stopCancel", { count: active })}
            </Button>
            <Button danger type="primary" loading={stop.isPending && !stop.variables} disabled={stop.isPending} onClick={() => send(false)}>
              {t("runs.stopOnly")}
            </Button>
          </div>
        }
      >
        <div className="stack">
          {waiting > 0 && <p>{t("runs.stopWaiting", { count: waiting })}</p>}
          {active > 0 && <p>{t("runs.stopActive", { count: active })}</p>}
          {stop.error !== null && <ErrorNote error={stop.error} />}
        </div>
      </Modal>
    </>
  );
}
