import { useTranslation } from "react-i18next";
import { OutsideIcon } from "../../components/icons";
import { Panel } from "../../components/Panel";
import { isRecord } from "../../components/json";

/** The links of a manifest. Only web addresses become links: a manifest is not trusted with more. */
export function ServiceLinks({ manifest }: { manifest: Record<string, unknown> }) {
  const { t } = useTranslation();
  const links = webLinks(manifest.links);
  if (links.length === 0) return null;
  return (
    <Panel title={t("service.links")}>
      <ul className="links">
        {links.map(([name, address]) => (
          <li key={name}>
            <a href={address} target="_blank" rel="noreferrer noopener">
              {name} <OutsideIcon size={13} />
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function webLinks(links: unknown): [string, string][] {
  if (!isRecord(links)) return [];
  return Object.entries(links).filter((entry): entry is [string, string] => {
    const address = entry[1];
    return typeof address === "string" && /^https?:\/\//i.test(address);
  });
}
