import { Button, Popconfirm } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { useDeleteToken, useRevokeToken } from "../../api/tokens";
import type { RegistrationToken } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { PHONE, useMedia } from "../../components/useMedia";
import { useRow, useView } from "../../store/hooks";

export function TokenTable({ tokens }: { tokens: RegistrationToken[] }) {
  const { t } = useTranslation();
  const columns = useTokenColumns();
  return <PlainTable columns={columns} rows={tokens} rowKey={(token) => token.id} label={t("tokens.title")} />;
}

function useTokenColumns(): PlainColumn<RegistrationToken>[] {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  return useMemo(() => {
    const shown: PlainColumn<RegistrationToken>[] = [
      { key: "name", title: t("tokens.colName"), cell: (token) => <span className="strong">{token.name}</span> },
      { key: "status", title: t("tokens.colStatus"), cell: stateCell },
      { key: "agent", title: t("tokens.colAgent"), cell: (token) => <AgentName id={token.agentId} /> },
      { key: "created", title: t("tokens.colCreated"), cell: (token) => <RelativeTime at={token.createdAt} /> },
      { key: "expires", title: t("tokens.colExpires"), cell: expiryCell },
    ];
    return mayOperate ? [...shown, { key: "do", title: "", cell: (token) => <TokenButtons token={token} /> }] : shown;
  }, [t, mayOperate]);
}

function stateCell(token: RegistrationToken) {
  const ended = token.status === "USED" ? token.usedAt : token.revokedAt;
  return (
    <span className="two-lines">
      <StatusTag kind="token" state={token.status} />
      {ended !== null && (
        <span className="faint">
          <RelativeTime at={ended} />
        </span>
      )}
    </span>
  );
}

/** A token that has done its work, or lost it, does not expire any more. */
function expiryCell(token: RegistrationToken) {
  const over = token.status === "USED" || token.status === "REVOKED";
  return over ? <span className="faint">–</span> : <RelativeTime at={token.expiresAt} />;
}

function AgentName({ id }: { id: string | null }) {
  const agent = useRow(useView("fleet"), id ?? "", "agent");
  if (id === null) return <span className="faint">–</span>;
  return <span>{agent?.name ?? agent?.code ?? id}</span>;
}

/** How both questions look; at the right edge they open to the left, and on a phone above the button. */
function useAsk() {
  const narrow = useMedia(PHONE);
  return { placement: narrow ? "top" : "topRight", okButtonProps: { danger: true }, styles: { root: { maxWidth: 300 } } } as const;
}

function TokenButtons({ token }: { token: RegistrationToken }) {
  const { t } = useTranslation();
  const ask = useAsk();
  const revoke = useRevokeToken();
  const remove = useDeleteToken();
  const error = revoke.error ?? remove.error;
  const deletable = token.status === "REVOKED" || token.status === "EXPIRED";
  return (
    <div className="token-buttons">
      {token.status === "ACTIVE" && (
        <Popconfirm {...ask} title={t("tokens.revokeAsk")} okText={t("tokens.revoke")} cancelText={t("common.back")} onConfirm={() => revoke.mutate(token.id)}>
          <Button size="small" danger loading={revoke.isPending}>
            {t("tokens.revoke")}
          </Button>
        </Popconfirm>
      )}
      {deletable && (
        <Popconfirm {...ask} title={t("tokens.deleteAsk")} okText={t("tokens.delete")} cancelText={t("common.back")} onConfirm={() => remove.mutate(token.id)}>
          <Button size="small" loading={remove.isPending}>
            {t("tokens.delete")}
          </Button>
        </Popconfirm>
      )}
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}
