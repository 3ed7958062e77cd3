import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { API_KEYS_KEY, useApiKeys, type ApiKey } from "../api/apiKeys";
import { useRefetchOn } from "../api/refetch";
import type { Page } from "../api/types";
import { EmptyState, FailureState } from "../components/EmptyState";
import { Needs } from "../components/Forbidden";
import { PlusIcon } from "../components/icons";
import { ListControls, Pages, useListFiltered, useListQuery } from "../components/ListControls";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { Panel } from "../components/Panel";
import { ROLES } from "../components/RoleChoice";
import { useAddress } from "../components/address";
import { CreateKey } from "./apiKeys/CreateKey";
import { KeyTable } from "./apiKeys/KeyTable";
import "../styles/people.css";

const KEYS = ["role", "status", "sort"];
const FILTERS = ["role", "status"];
const NEWS = ["api_key."];

/** What programs come in with. */
export function ApiKeys() {
  const { t } = useTranslation();
  const { read, write } = useAddress();
  return (
    <div className="page">
      <Needs capability="administer">
        <PageHeader title={t("nav.apiKeys")} actions={<CreateButton />}>
          <span className="faint">{t("apiKeys.intro")}</span>
        </PageHeader>
        <Controls />
        <List />
        {read("create") === "1" && <CreateKey close={() => write({ create: "" })} />}
      </Needs>
    </div>
  );
}

function CreateButton() {
  const { t } = useTranslation();
  const { write } = useAddress();
  return (
    <Button type="primary" icon={<PlusIcon size={16} />} onClick={() => write({ create: "1" })}>
      {t("apiKeys.create")}
    </Button>
  );
}

function Controls() {
  const { t } = useTranslation();
  const states = (["ACTIVE", "REVOKED", "EXPIRED"] as const).map((value) => ({ value, label: t(`state.token.${value}`) }));
  const sorts = [
    { value: "name", label: t("users.byName") },
    { value: "expiresAt", label: t("apiKeys.byExpiry") },
    { value: "-lastUsedAt", label: t("apiKeys.byUse") },
  ];
  const choosers = [
    { key: "role", label: t("users.role"), options: ROLES.map((value) => ({ value, label: t(`role.${value}`) })) },
    { key: "status", label: t("users.state"), options: states },
    { key: "sort", label: t("users.newestFirst"), options: sorts },
  ];
  return <ListControls search={t("apiKeys.search")} choosers={choosers} />;
}

function List() {
  const keys = useApiKeys(useListQuery(KEYS));
  useRefetchOn(API_KEYS_KEY, NEWS);
  if (keys.error !== null) return <FailureState error={keys.error} retry={() => void keys.refetch()} />;
  return keys.data === undefined ? <PageSkeleton /> : <Found page={keys.data} />;
}

function Found({ page: { data, pagination } }: { page: Page<ApiKey> }) {
  const { t } = useTranslation();
  const { write } = useAddress();
  const filtered = useListFiltered(FILTERS);
  if (data.length > 0) {
    return (
      <Panel title={t("apiKeys.count", { count: pagination.total })} flush>
        <KeyTable keys={data} />
        <Pages page={pagination.page} total={pagination.total} />
      </Panel>
    );
  }
  if (!filtered) return <EmptyState title={t("apiKeys.empty")} hint={t("apiKeys.emptyHint")} />;
  return (
    <EmptyState title={t("apiKeys.noneSuch")} hint={t("fleet.nothingFoundHint")}>
      <Button onClick={() => write({ q: "", role: "", status: "", page: "" })}>{t("common.clear")}</Button>
    </EmptyState>
  );
}
