import { useTranslation } from "react-i18next";
import { useTicking } from "../store/hooks";
import { useZone } from "../zone";
import { formatAge, formatDuration, formatTime } from "./format";

/** How long ago, ticking with the shared clock; the full time is in the tooltip. */
export function RelativeTime({ at }: { at: string | null }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const time = at === null ? Number.NaN : Date.parse(at);
  const text = useTicking((now) => (Number.isNaN(time) ? "" : formatAge(time, now, i18n.language)));
  if (at === null || Number.isNaN(time)) return <span className="faint">{t("common.never")}</span>;
  return (
    <time dateTime={at} title={formatTime(time, i18n.language, zone)}>
      {text}
    </time>
  );
}

/** The full date and time. */
export function FullTime({ at }: { at: string }) {
  const { i18n } = useTranslation();
  return <time dateTime={at}>{formatTime(Date.parse(at), i18n.language, useZone())}</time>;
}

/** How long something has been going on, in whole seconds. */
export function Elapsed({ since }: { since: string }) {
  const start = Date.parse(since);
  const text = useTicking((now) => formatDuration(Math.max(0, Math.floor((now - start) / 1000) * 1000)));
  return <>{text === "0ms" ? "0s" : text}</>;
}
