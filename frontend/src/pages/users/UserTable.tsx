import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSession } from "../../api/session";
import type { Person } from "../../api/users";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { useAddress } from "../../components/address";
import { EditUser } from "./EditUser";
import { ResetPassword } from "./ResetPassword";

export function UserTable({ users }: { users: Person[] }) {
  const { t } = useTranslation();
  const columns = useColumns();
  return <PlainTable columns={columns} rows={users} rowKey={({ id }) => id} label={t("nav.users")} />;
}

function useColumns(): PlainColumn<Person>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("users.name"), cell: (user) => <Name user={user} /> },
      { key: "role", title: t("users.role"), cell: ({ role }) => t(`role.${role}`) },
      { key: "state", title: t("users.state"), cell: ({ status }) => <StatusTag kind="user" state={status} /> },
      { key: "login", title: t("users.lastLogin"), cell: ({ lastLoginAt }) => <RelativeTime at={lastLoginAt} /> },
      { key: "created", title: t("users.created"), cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
      { key: "do", title: "", cell: (user) => <UserButtons user={user} /> },
    ],
    [t],
  );
}

/** Whether it is oneself. */
function useIsOwn(user: Person): boolean {
  return useSession().data?.user.id === user.id;
}

function Name({ user }: { user: Person }) {
  const { t } = useTranslation();
  const own = useIsOwn(user);
  return (
    <span className="two-lines">
      <span>
        <span className="strong break">{user.username}</span>
        {own && <span className="chip own">{t("users.you")}</span>}
      </span>
      {user.displayName !== null && <span className="faint break">{user.displayName}</span>}
    </span>
  );
}

function UserButtons({ user }: { user: Person }) {
  const { t } = useTranslation();
  const own = useIsOwn(user);
  const { write } = useAddress();
  const [opened, open] = useState<"edit" | "password" | null>(null);
  const close = () => open(null);
  return (
    <div className="row-buttons">
      <Button size="small" onClick={() => open("edit")} aria-label={t("users.changeNamed", { name: user.username })}>
        {t("users.change")}
      </Button>
      {own ? <Link to="/account">{t("me.title")}</Link> : <OtherButtons user={user} resetPassword={() => open("password")} show={() => write({ sessions: user.id, of: user.username }, true)} />}
      {opened === "edit" && <EditUser user={user} own={own} close={close} />}
      {opened === "password" && <ResetPassword user={user} close={close} />}
    </div>
  );
}

/** For one's own password and sessions there is a page. */
function OtherButtons({ user: { username }, resetPassword, show }: { user: Person; resetPassword: () => void; show: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button size="small" onClick={resetPassword} aria-label={t("users.resetNamed", { name: username })}>
        {t("users.reset")}
      </Button>
      <Button size="small" onClick={show} aria-label={t("users.sessionsOf", { name: username })}>
        {t("users.sessions")}
      </Button>
    </>
  );
}
