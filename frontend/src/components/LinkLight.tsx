import { Button, Tooltip } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useLinkStatus, useLive, useTicking } from "../store/hooks";
import type { LinkStatus, Phase } from "../wire/socket";
import { formatAge } from "./format";
import { StateShape } from "./StateShape";
import type { Look } from "./states";

const LOOKS: Record<Phase, Look> = {
  idle: { tone: "idle", shape: "slash" },
  connecting: { tone: "warn", shape: "spin" },
  live: { tone: "good", shape: "link" },
  waiting: { tone: "warn", shape: "spin" },
  ended: { tone: "bad", shape: "off" },
};
/** Short losses heal by themselves and are not worth a banner. */
const BANNER_AFTER_MS = 4_000;

/** Younger than this is told as this: an age of "now" says nothing. */
const YOUNGEST_MS = 1_000;

/** When the server was last heard, as "5s ago"; null when it never was. */
function useHeard(): string | null {
  const { i18n } = useTranslation();
  const { link } = useLive();
  return useTicking(() => {
    if (link.heardAt === null) return null;
    const now = Date.now();
    return formatAge(Math.min(link.heardAt, now - YOUNGEST_MS), now, i18n.language);
  });
}

/** The state of the live connection by colour, shape and word, with the age of the data while it is down. */
export function LinkLight() {
  const { t } = useTranslation();
  const status = useLinkStatus();
  const age = useHeard();
  const text = t(`link.${status.phase}`);
  const live = status.phase === "live";
  return (
    <Tooltip title={live ? <LiveHint /> : <RetryHint status={status} />}>
      <span className={`light tone-${LOOKS[status.phase].tone}`} role="status" tabIndex={0}>
        <StateShape look={LOOKS[status.phase]} size={13} />
        <span>{text}</span>
        {!live && age !== null && <span className="light__age">{t("link.age", { age })}</span>}
      </span>
    </Tooltip>
  );
}

function LiveHint() {
  const { t } = useTranslation();
  const age = useHeard();
  return (
    <>
      {t("link.liveHint")} {age !== null && t("link.heard", { age })}
    </>
  );
}

function RetryHint({ status }: { status: LinkStatus }) {
  const { t } = useTranslation();
  const seconds = useTicking(() =>
    status.retryAt === null ? null : Math.max(0, Math.ceil((status.retryAt - Date.now()) / 1000)),
  );
  if (seconds !== null) return t("link.retryIn", { seconds });
  return status.code === null ? t(`link.${status.phase}`) : <CloseText code={status.code} />;
}

function CloseText({ code }: { code: number }) {
  const { t } = useTranslation();
  const known = ["4500", "4501", "4502", "4503", "4504", "4505"] as const;
  const match = known.find((one) => one === String(code));
  return match === undefined ? t("closed.other", { code }) : t(`closed.${match}`);
}

/** Says in words that the page may be out of date, once that has lasted a while. */
export function LinkBanner() {
  const { t } = useTranslation();
  const { link } = useLive();
  const status = useLinkStatus();
  const age = useHeard();
  const down = useTicking(() => isDown(status, link.heardAt));
  if (!down) return null;
  return (
    <div className={`banner tone-${LOOKS[status.phase].tone}`} role="alert">
      <StateShape look={LOOKS[status.phase]} size={14} />
      <span>{status.phase === "ended" ? <EndedText status={status} /> : waitingText(t, age)}</span>
      <Button size="small" onClick={() => (status.phase === "ended" ? link.start() : link.wake())}>
        {t("link.reconnect")}
      </Button>
    </div>
  );
}

function EndedText({ status }: { status: LinkStatus }) {
  const { t } = useTranslation();
  return (
    <>
      {t("link.bannerEnded")} {status.code !== null && <CloseText code={status.code} />} {status.reason}
    </>
  );
}

function waitingText(t: TFunction, age: string | null): string {
  return age === null ? t("link.bannerNever") : t("link.bannerWaiting", { age });
}

/** It has been down for longer than losses that heal by themselves, or for good. */
export function isDown(status: LinkStatus, heardAt: number | null): boolean {
  if (status.phase === "ended") return true;
  if (status.phase === "live" || status.phase === "idle") return false;
  return Date.now() - (heardAt ?? status.since) > BANNER_AFTER_MS;
}
