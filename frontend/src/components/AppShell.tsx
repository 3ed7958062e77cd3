import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, ScrollRestoration, useNavigation } from "react-router";
import { fetchAhead } from "../pages";
import { useView } from "../store/hooks";
import { AccountMenu } from "./AccountMenu";
import { Shortcuts } from "./keyboard/Shortcuts";
import { LinkBanner, LinkLight } from "./LinkLight";
import { Navigation } from "./Navigation";
import { PageSkeleton } from "./PageSkeleton";
import { PaletteButton } from "./PaletteButton";
import { WatchNotices } from "./WatchNotices";

/** The frame of every page: where one can go, who one is, and whether what one sees is live. */
export function AppShell() {
  const { t } = useTranslation();
  useView("fleet");
  useEffect(fetchAhead, []);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <header className="shell__bar">
        <Brand />
        <div className="shell__right">
          <PaletteButton />
          <LinkLight />
          <AccountMenu />
        </div>
      </header>
      <Navigation />
      <main className="shell__main" id="content" tabIndex={-1}>
        <LinkBanner />
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <Shortcuts />
      <WatchNotices />
      <Pending />
      <ScrollRestoration getKey={({ pathname }) => pathname} />
    </div>
  );
}

export function Brand() {
  const { t } = useTranslation();
  return (
    <NavLink to="/" className="brand" aria-label={t("app.name")}>
      <img src="/favicon.svg" width={26} height={26} alt="" />
      <span className="brand__name">{t("app.name")}</span>
    </NavLink>
  );
}

/** A thin line while the next page is fetched; the present one stays. */
function Pending() {
  const { state } = useNavigation();
  return state === "loading" ? <div className="pending" aria-hidden="true" /> : null;
}
