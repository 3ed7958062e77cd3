import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration } from "../../components/format";
import { asNumber, asText } from "../../components/json";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StateShape } from "../../components/StateShape";
import { lookOf, type Look } from "../../components/states";
import { ONE_COLUMN, useMedia } from "../../components/useMedia";
import { useStateText } from "../../i18n/texts";

type Account = Record<string, unknown>;

/** `details.accounts[]` of a health report; folded where it would push everything else away. */
export function AccountTable({ accounts }: { accounts: Account[] }) {
  const { t } = useTranslation();
  const narrow = useMedia(ONE_COLUMN);
  const columns = useAccountColumns().filter(({ of }) => of.some((key) => accounts.some((account) => isSaid(account[key]))));
  return (
    <details open={!narrow}>
      <summary className="panel__sub">
        {t("service.accounts")} {accounts.length}
      </summary>
      <PlainTable columns={columns} rows={accounts} rowKey={(row, index) => asText(row.id) ?? String(index)} label={t("service.accounts")} />
    </details>
  );
}

interface AccountColumn extends PlainColumn<Account> {
  /** The fields it shows; without a value in any account the column is left out. */
  readonly of: readonly string[];
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && value !== "IDLE";
}

function useAccountColumns(): AccountColumn[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "label", of: ["id", "label"], title: t("account.label"), cell: nameCell },
      { key: "healthy", of: ["healthy", "enabled"], title: t("account.healthy"), cell: (row) => <Healthy account={row} /> },
      { key: "operation", of: ["operationStatus"], title: t("account.operation"), cell: (row) => <Operation account={row} /> },
      { key: "failures", of: ["consecutiveFailures"], title: t("account.failures"), cell: (row) => asNumber(row.consecutiveFailures) ?? "–" },
      { key: "cooldown", of: ["cooldownRemainingMs"], title: t("account.cooldown"), cell: cooldownCell },
      { key: "verified", of: ["loginVerifiedAt"], title: t("account.verified"), cell: (row) => <RelativeTime at={asText(row.loginVerifiedAt)} /> },
      { key: "error", of: ["lastError"], title: t("account.lastError"), cell: (row) => asText(row.lastError) ?? "–" },
    ],
    [t],
  );
}

function nameCell(account: Account) {
  return (
    <span className="two-lines">
      <span className="strong">{asText(account.label) ?? asText(account.id) ?? "–"}</span>
      <span className="faint">{asText(account.emailMasked)}</span>
    </span>
  );
}

function Healthy({ account }: { account: Account }) {
  const { t } = useTranslation();
  if (account.enabled === false) return <Sign look={lookOf("agent", "DISABLED")} text={t("account.disabled")} />;
  if (account.healthy === undefined) return <>–</>;
  const look = lookOf("health", account.healthy === true ? "UP" : "DOWN");
  return <Sign look={look} text={t(account.healthy === true ? "common.yes" : "common.no")} />;
}

function Sign({ look, text }: { look: Look; text: string }) {
  return (
    <span className={`tag tone-${look.tone}`}>
      <StateShape look={look} size={13} /> {text}
    </span>
  );
}

function Operation({ account }: { account: Account }) {
  const text = useStateText();
  const status = asText(account.operationStatus);
  if (status === null || status === "IDLE") return <>–</>;
  return (
    <span className="two-lines">
      <span>{[asText(account.operationName), text("command", status)].filter((part) => part !== null).join(": ")}</span>
      <span className="faint">{asText(account.operationMessage)}</span>
    </span>
  );
}

function cooldownCell(account: Account) {
  const left = asNumber(account.cooldownRemainingMs);
  return left === null || left <= 0 ? "–" : formatDuration(left);
}
