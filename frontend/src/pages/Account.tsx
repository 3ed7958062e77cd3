import { useTranslation } from "react-i18next";
import { useSession } from "../api/session";
import type { User } from "../api/types";
import { PageHeader } from "../components/PageHeader";
import { Facts, Panel } from "../components/Panel";
import { RelativeTime } from "../components/RelativeTime";
import { SessionTable } from "../components/SessionTable";
import { ChangePassword } from "./account/ChangePassword";
import { Notices } from "./account/Notices";
import { Preferences } from "./account/Preferences";
import { SignOutEverywhere } from "./account/SignOutEverywhere";
import "../styles/people.css";

/** One's own account, password and sessions, and how the console looks to one. */
export function Account() {
  const { t } = useTranslation();
  const { data } = useSession();
  if (data === null || data === undefined) return null;
  return (
    <div className="page">
      <PageHeader title={t("me.title")} />
      <div className="columns">
        <div className="columns__main">
          <Panel title={t("me.sessions")} extra={<SignOutEverywhere />} flush>
            <SessionTable userId={data.user.id} />
          </Panel>
          <ChangePassword />
        </div>
        <div className="columns__side">
          <Self user={data.user} expiresAt={data.expiresAt} />
          <Preferences />
          <Notices />
        </div>
      </div>
    </div>
  );
}

function Self({ user: { username, displayName, role }, expiresAt }: { user: User; expiresAt: string }) {
  const { t } = useTranslation();
  const facts = [
    { label: t("users.username"), value: username },
    { label: t("users.displayName"), value: displayName },
    { label: t("users.role"), value: <RoleWords role={role} /> },
    { label: t("me.signedInUntil"), value: <RelativeTime at={expiresAt} /> },
  ];
  return (
    <Panel title={t("me.who")}>
      <Facts facts={facts} />
    </Panel>
  );
}

function RoleWords({ role }: { role: User["role"] }) {
  const { t } = useTranslation();
  return (
    <span className="two-lines">
      <span className="strong">{t(`role.${role}`)}</span>
      <span className="faint">{t(`users.may.${role}`)}</span>
    </span>
  );
}
