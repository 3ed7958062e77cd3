import { Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { EmptyState } from "../components/EmptyState";
import { useLinkStatus } from "../store/hooks";

/** Stands for a page whose code failed, or could not be fetched. */
export function PageFailure() {
  const error = useRouteError();
  useEffect(() => console.error(error), [error]);
  return isMissingCode(error) ? <PageMissing /> : <PageBroken error={error} />;
}

/** The server is away, or was updated meanwhile: the page is loaded anew as soon as it is there. */
function PageMissing() {
  const { t } = useTranslation();
  const { phase } = useLinkStatus();
  useEffect(() => {
    if (phase === "live") reloadOnce();
  }, [phase]);
  return (
    <EmptyState title={t("failure.missing")} hint={t("failure.missingHint")} look={{ tone: "warn", shape: "spin" }}>
      <ReloadButton />
    </EmptyState>
  );
}

function PageBroken({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <EmptyState title={t("failure.title")} hint={t("failure.unexpected")} look={{ tone: "bad", shape: "alert" }}>
      <ReloadButton />
      {error instanceof Error && <p className="faint">{error.message}</p>}
    </EmptyState>
  );
}

function ReloadButton() {
  const { t } = useTranslation();
  return (
    <Button type="primary" onClick={() => window.location.reload()}>
      {t("failure.reload")}
    </Button>
  );
}

/** Browsers word it differently: "error loading", "failed to fetch", "importing a module script failed". */
function isMissingCode(error: unknown): boolean {
  return error instanceof TypeError && /import|module/i.test(error.message);
}

const RELOADED = "opstage.reloadedAt";
/** A reload that did not help is not repeated within this time. */
const AGAIN_MS = 30_000;

function reloadOnce(): void {
  const last = Number(sessionStorage.getItem(RELOADED));
  if (Date.now() - last < AGAIN_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  window.location.reload();
}
