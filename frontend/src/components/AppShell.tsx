import { Suspense, useEffect, type ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { fetchAhead } from "../pages";
import { useView } from "../store/hooks";
import { AccountMenu } from "./AccountMenu";
import { CommandIcon, FleetIcon, TokenIcon } from "./icons";
import { LinkBanner, LinkLight } from "./LinkLight";
import { PageSkeleton } from "./PageSkeleton";

interface Entry {
  to: string;
  label: "nav.fleet" | "nav.commands" | "nav.tokens";
  short: "nav.fleet" | "nav.commands" | "nav.tokensShort";
  Icon: ComponentType<{ size?: number }>;
}

const ENTRIES: readonly Entry[] = [
  { to: "/", label: "nav.fleet", short: "nav.fleet", Icon: FleetIcon },
  { to: "/commands", label: "nav.commands", short: "nav.commands", Icon: CommandIcon },
  { to: "/tokens", label: "nav.tokens", short: "nav.tokensShort", Icon: TokenIcon },
];

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

/** A service belongs to the fleet. */
function isHere(to: string, pathname: string): boolean {
  return to === "/" && pathname.startsWith("/services/");
}

function Navigation() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <nav className="shell__nav" aria-label={t("nav.main")}>
      <div className="shell__entries">
        {ENTRIES.map(({ to, label, short, Icon }) => (
          <NavLink key={to} to={to} end={to === "/"} className={isHere(to, pathname) ? "nav-entry active" : "nav-entry"} title={t(label)}>
            <Icon size={20} />
            <span className="nav-entry__long">{t(label)}</span>
            <span className="nav-entry__short">{t(short)}</span>
          </NavLink>
        ))}
      </div>
    </nav>
  );
}

/** A thin line while the next page is fetched; the present one stays. */
function Pending() {
  const { state } = useNavigation();
  return state === "loading" ? <div className="pending" aria-hidden="true" /> : null;
}
