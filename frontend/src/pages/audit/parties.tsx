import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay, type Capability } from "../../api/session";
import { useAuditText } from "../../i18n/texts";
import type { AuditRow } from "../../wire/frames";
import { placeOf } from "./targets";

/** Who it was: a person, a key, an agent or the server itself. */
export function Actor({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const { actor, target } = useAuditText();
  if (row.actorType === "SYSTEM") return <span>{t("audit.actor.SYSTEM")}</span>;
  const name = row.actorName ?? row.actorId;
  const type = row.actorType === "AGENT" ? "Agent" : typeOfPerson(row);
  return (
    <div className="two-lines">
      <Named type={row.actorId === null ? null : type} id={row.actorId ?? ""} name={name ?? actor(row.actorType)} />
      <span className="faint ellipsis">{target(type)}</span>
    </div>
  );
}

/** What a key does carries its id, and `key:` before its name. */
function typeOfPerson(row: AuditRow): string {
  return row.actorName?.startsWith("key:") === true ? "ApiKey" : "User";
}

/** What it was done to. */
export function Target({ row }: { row: AuditRow }) {
  const { target } = useAuditText();
  if (row.targetType === null) return <span className="faint no-target">–</span>;
  // There is one workspace, so its id says nothing.
  const name = row.targetType === "Workspace" ? null : (row.targetName ?? row.targetId);
  return (
    <div className="two-lines">
      <Named type={row.targetType} id={row.targetId ?? ""} name={name ?? target(row.targetType)} />
      {name !== null && <span className="faint ellipsis">{target(row.targetType)}</span>}
    </div>
  );
}

/** A name that leads to the page of what it names, if there is one and one may see it. */
export function Named({ type, id, name }: { type: string | null; id: string; name: string }) {
  const place = placeOf(type);
  const allowed = useAllowed(place?.needs);
  if (place === null || !allowed) return <span className="ellipsis">{name}</span>;
  return (
    <Link className="ellipsis above" to={place.to(id, name.replace(/^key:/, ""))}>
      {name}
    </Link>
  );
}

function useAllowed(needs: Capability | undefined): boolean {
  const may = useMay(needs ?? "administer");
  return needs === undefined || may;
}
