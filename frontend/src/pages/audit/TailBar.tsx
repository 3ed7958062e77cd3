import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { useAuditList } from "./useAuditList";

interface BarProps {
  list: ReturnType<typeof useAuditList>;
  paused: boolean;
  down: boolean;
  pause: (on: boolean) => void;
}

/** How many there are, whether new ones come in by themselves, and those that wait. */
export function TailBar({ list: { rows, older, waiting, more }, paused, down, pause }: BarProps) {
  const { t } = useTranslation();
  const pages = older.data?.pages ?? [];
  const loaded = pages.reduce((sum, page) => sum + page.data.length, 0);
  const total = (pages.at(-1)?.pagination.total ?? 0) + rows.length - loaded;
  const follow = () => {
    pause(false);
    window.scrollTo({ top: 0 });
  };
  const waits = waiting > 0 || (more && (paused || down));
  return (
    <div className="tail-bar">
      <span className="faint numbers">{t("audit.count", { count: total })}</span>
      <span className="faint">{t(paused ? "audit.paused" : down ? "audit.reading" : "audit.following")}</span>
      <span className="tail-bar__new" role="status">
        {waits && (
          <Button type="primary" shape="round" onClick={follow}>
            {more ? t("audit.manyNew") : t("audit.new", { count: waiting })}
          </Button>
        )}
      </span>
      <Button onClick={() => (paused ? follow() : pause(true))} aria-pressed={paused}>
        {t(paused ? "audit.resume" : "audit.pause")}
      </Button>
    </div>
  );
}
