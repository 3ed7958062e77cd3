import { Button, Popconfirm } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDeleteApiKey, useRevokeApiKey, type ApiKey } from "../../api/apiKeys";
import { ErrorNote } from "../../components/ErrorNote";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";

/** What every key begins with. */
const PREFIX = "opstage_key_";

export function KeyTable({ keys }: { keys: ApiKey[] }) {
  const { t } = useTranslation();
  const columns = useColumns();
  return <PlainTable columns={columns} rows={keys} rowKey={({ id }) => id} label={t("nav.apiKeys")} />;
}

function useColumns(): PlainColumn<ApiKey>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("apiKeys.name"), cell: nameCell },
      { key: "role", title: t("users.role"), cell: ({ role }) => t(`role.${role}`) },
      { key: "state", title: t("users.state"), cell: ({ status }) => <StatusTag kind="token" state={status} /> },
      { key: "used", title: t("apiKeys.lastUsed"), cell: ({ lastUsedAt }) => <RelativeTime at={lastUsedAt} /> },
      { key: "expires", title: t("apiKeys.expires"), cell: ({ expiresAt }) => <RelativeTime at={expiresAt} /> },
      { key: "created", title: t("users.created"), cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
      { key: "do", title: "", cell: (key) => <KeyButtons apiKey={key} /> },
    ],
    [t],
  );
}

function nameCell({ name, hint }: ApiKey) {
  return (
    <span className="two-lines">
      <span className="strong break">{name}</span>
      <code className="faint break">
        {PREFIX}
        {hint}…
      </code>
    </span>
  );
}

function KeyButtons({ apiKey: { id, status, name } }: { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const revoke = useRevokeApiKey();
  const remove = useDeleteApiKey();
  const active = status === "ACTIVE";
  const work = active ? revoke : remove;
  const word = t(active ? "apiKeys.revoke" : "apiKeys.delete");
  return (
    <div className="row-buttons">
      <Popconfirm
        title={t(active ? "apiKeys.revokeAsk" : "apiKeys.deleteAsk", { name })}
        okText={word}
        cancelText={t("common.back")}
        okButtonProps={{ danger: true }}
        placement="topRight"
        styles={{ root: { maxWidth: 320 } }}
        onConfirm={() => work.mutate(id)}
      >
        <Button size="small" danger={active} loading={work.isPending}>
          {word}
        </Button>
      </Popconfirm>
      {work.error !== null && <ErrorNote error={work.error} />}
    </div>
  );
}
