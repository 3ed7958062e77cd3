import { useTranslation } from "react-i18next";
import { Needs } from "../components/Forbidden";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { ConnectionPanel } from "./diagnostics/ConnectionPanel";
import { MetricsPanels } from "./diagnostics/MetricsPanels";
import { RuntimePanel } from "./diagnostics/RuntimePanel";
import "../styles/system.css";

/** What somebody who looks for a fault wants to know of the server and of this browser. */
export function Diagnostics() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageHeader title={t("nav.diagnostics")}>
        <span className="faint">{t("diagnostics.intro")}</span>
      </PageHeader>
      <Needs capability="diagnose">
        <div className="columns">
          <div className="columns__main">
            <MetricsPanels />
          </div>
          <div className="columns__side">
            <RuntimePanel />
            <ConnectionPanel />
            <Elsewhere />
          </div>
        </div>
      </Needs>
    </div>
  );
}

function Elsewhere() {
  const { t } = useTranslation();
  const pages = [
    { href: "/metrics", text: t("diagnostics.prometheus") },
    { href: "/api-docs.html", text: t("diagnostics.apiDocs") },
    { href: "/openapi.json", text: t("diagnostics.openapi") },
    { href: "/api/system/health", text: t("diagnostics.health") },
  ];
  return (
    <Panel title={t("diagnostics.elsewhere")}>
      <ul className="links">
        {pages.map(({ href, text }) => (
          <li key={href}>
            <a href={href} target="_blank" rel="noreferrer">
              {text}
            </a>{" "}
            <code className="faint">{href}</code>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
