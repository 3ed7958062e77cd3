import { Button, Popconfirm } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../../api/session";
import { useDeleteToken, useRevokeToken } from "../../api/tokens";
import type { RegistrationToken } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { LabelChips } from "../../components/LabelChips";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { PHONE, useMedia } from "../../components/useMedia";
import { useTokenQuery } from "./query";
import { AgentLink } from "./UsedBy";

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
      { key: "name", title: t("tokens.colName"), cell: (token) => <TokenLink token={token} /> },
      { key: "status", title: t("tokens.colStatus"), cell: stateCell },
      { key: "uses", title: t("tokens.uses"), cell: (token) => <span className="numbers">{t("tokens.usesOf", { uses: token.uses, of: token.maxUses })}</span> },
      { key: "terms", title: t("tokens.colFor"), cell: termsCell },
      { key: "agent", title: t("tokens.colAgent"), cell: agentCell },
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

function agentCell({ agentId }: RegistrationToken) {
  return agentId === null ? <span className="faint">–</span> : <AgentLink id={agentId} code={null} />;
}

function TokenLink({ token }: { token: RegistrationToken }) {
  const { hrefOf } = useTokenQuery();
  return (
    <Link className="strong" to={hrefOf(token.id)}>
      {token.name}
    </Link>
  );
}

/** Which agents it lets in; one for any says nothing. */
function termsCell({ codePattern, mode, labels }: RegistrationToken) {
  return (
    <span className="chips">
      {codePattern !== null && <code className="chip">{codePattern}</code>}
      {mode !== null && <span className="chip">{mode}</span>}
      <LabelChips labels={labels} />
    </span>
  );
}

/** How both questions look; at the right edge they open to the left, and on a phone above the button. */
function useAsk() {
  const narrow = useMedia(PHONE);
  return { placement: narrow ? "top" : "topRight", okButtonProps: { danger: true }, styles: { root: { maxWidth: 300 } } } as const;
}

export function TokenButtons({ token }: { token: RegistrationToken }) {
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
