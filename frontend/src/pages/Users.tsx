import { Button, Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { useRefetchOn } from "../api/refetch";
import { USERS_KEY, useUsers, type Person } from "../api/users";
import type { Page } from "../api/types";
import { EmptyState, FailureState } from "../components/EmptyState";
import { Needs } from "../components/Forbidden";
import { PlusIcon } from "../components/icons";
import { ListControls, Pages, useListFiltered, useListQuery } from "../components/ListControls";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { Panel } from "../components/Panel";
import { ROLES } from "../components/RoleChoice";
import { SessionTable } from "../components/SessionTable";
import { useAddress } from "../components/address";
import { CreateUser } from "./users/CreateUser";
import { UserTable } from "./users/UserTable";
import "../styles/people.css";

const KEYS = ["role", "status", "sort"];
const FILTERS = ["role", "status"];
const NEWS = ["user.", "session.login."];

/** Who may sign in, and as what. */
export function Users() {
  const { t } = useTranslation();
  const { write } = useAddress();
  const create = (
    <Button type="primary" icon={<PlusIcon size={16} />} onClick={() => write({ create: "1" })}>
      {t("users.create")}
    </Button>
  );
  return (
    <div className="page">
      <Needs capability="administer">
        <PageHeader title={t("nav.users")} actions={create}>
          <span className="faint">{t("users.intro")}</span>
        </PageHeader>
        <Controls />
        <List />
        <Opened />
      </Needs>
    </div>
  );
}

function Controls() {
  const { t } = useTranslation();
  const choosers = [
    { key: "role", label: t("users.role"), options: ROLES.map((value) => ({ value, label: t(`role.${value}`) })) },
    { key: "status", label: t("users.state"), options: (["ACTIVE", "DISABLED"] as const).map((value) => ({ value, label: t(`state.user.${value}`) })) },
    { key: "sort", label: t("users.newestFirst"), options: [{ value: "username", label: t("users.byName") }] },
  ];
  return <ListControls search={t("users.search")} choosers={choosers} />;
}

function List() {
  const users = useUsers(useListQuery(KEYS));
  useRefetchOn(USERS_KEY, NEWS);
  if (users.error !== null) return <FailureState error={users.error} retry={() => void users.refetch()} />;
  return users.data === undefined ? <PageSkeleton /> : <Found page={users.data} />;
}

function Found({ page: { data, pagination } }: { page: Page<Person> }) {
  const { t } = useTranslation();
  const { write } = useAddress();
  const filtered = useListFiltered(FILTERS);
  if (data.length === 0) {
    return (
      <EmptyState title={t("users.noneSuch")} hint={t("fleet.nothingFoundHint")}>
        <Button onClick={() => write({ q: "", role: "", status: "", page: "" })}>{t("common.clear")}</Button>
      </EmptyState>
    );
  }
  return (
    <Panel title={t(filtered ? "users.found" : "users.all", { count: pagination.total })} flush>
      <UserTable users={data} />
      <Pages page={pagination.page} total={pagination.total} />
    </Panel>
  );
}

/** What the address opens above the list. */
function Opened() {
  const { t } = useTranslation();
  const { read, write } = useAddress();
  if (read("create") === "1") return <CreateUser close={() => write({ create: "" })} />;
  const sessions = read("sessions");
  if (sessions === "") return null;
  return (
    <Drawer open size={760} title={t("users.sessionsOf", { name: read("of") })} onClose={() => write({ sessions: "", of: "" })}>
      <SessionTable userId={sessions} />
    </Drawer>
  );
}
