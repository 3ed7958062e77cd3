import { Drawer } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { useEntries, type Entry, type EntryGroup } from "./entries";
import { MoreIcon } from "./icons";
import { PHONE, useMedia } from "./useMedia";

/** Where one can go: a list at the side; on a phone a bar at the bottom, with the rest behind "more". */
export function Navigation() {
  const groups = useEntries();
  return useMedia(PHONE) ? <BottomBar groups={groups} /> : <SideList groups={groups} />;
}

function SideList({ groups }: { groups: EntryGroup[] }) {
  const { t } = useTranslation();
  return (
    <nav className="shell__nav" aria-label={t("nav.main")}>
      <div className="shell__entries">
        <Groups groups={groups} />
      </div>
    </nav>
  );
}

function Groups({ groups, left }: { groups: EntryGroup[]; left?: () => void }) {
  const { t } = useTranslation();
  return groups.map(({ label, entries }) => (
    <div key={label} className="nav-group" role="group" aria-label={t(label)}>
      <span className="nav-group__title" aria-hidden="true">
        {t(label)}
      </span>
      {entries.map((entry) => (
        <EntryLink key={entry.to} entry={entry} left={left} />
      ))}
    </div>
  ));
}

function EntryLink({ entry: { to, label, Icon }, left }: { entry: Entry; left?: () => void }) {
  const { t } = useTranslation();
  return (
    <NavLink to={to} end={to === "/"} className="nav-entry" title={t(label)} onClick={left}>
      <Icon size={18} />
      <span className="nav-entry__text">{t(label)}</span>
    </NavLink>
  );
}

/** What a thumb reaches at once. */
const FIRST = new Set(["/", "/services", "/commands", "/runs"]);

function BottomBar({ groups }: { groups: EntryGroup[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const first = groups.flatMap(({ entries }) => entries).filter(({ to }) => FIRST.has(to));
  return (
    <nav className="shell__nav" aria-label={t("nav.main")}>
      <div className="shell__entries">
        {first.map((entry) => (
          <EntryLink key={entry.to} entry={entry} />
        ))}
        <button type="button" className="nav-entry" aria-expanded={open} onClick={() => setOpen(true)}>
          <MoreIcon size={18} />
          <span className="nav-entry__text">{t("nav.more")}</span>
        </button>
      </div>
      <Drawer open={open} onClose={() => setOpen(false)} placement="bottom" size="auto" title={t("nav.main")} className="nav-drawer">
        <Groups groups={groups} left={() => setOpen(false)} />
      </Drawer>
    </nav>
  );
}
