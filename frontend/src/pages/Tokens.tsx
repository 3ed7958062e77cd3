import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRefetchOn } from "../api/refetch";
import { useMay } from "../api/session";
import { TOKEN_EVENTS, TOKENS_KEY, useTokens } from "../api/tokens";
import type { CreatedToken, Page, RegistrationToken } from "../api/types";
import { useAddress } from "../components/address";
import { EmptyState, FailureState } from "../components/EmptyState";
import { PlusIcon } from "../components/icons";
import { PAGE_SIZE, Pages } from "../components/ListControls";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { Panel } from "../components/Panel";
import { useStateText } from "../i18n/texts";
import { CreateToken } from "./tokens/CreateToken";
import { ALL_TOKENS, TOKEN_FILTERS, useTokenQuery, type TokenFilter } from "./tokens/query";
import { TokenDrawer } from "./tokens/TokenDrawer";
import { TokenTable } from "./tokens/TokenTable";
import "../styles/system.css";

/** Where agents get their way in. */
export function Tokens() {
  const { t } = useTranslation();
  const { filter, page, setFilter } = useTokenQuery();
  const tokens = useTokens({ page, pageSize: PAGE_SIZE, status: filter === ALL_TOKENS ? null : filter });
  useRefetchOn(TOKENS_KEY, TOKEN_EVENTS);
  return (
    <div className="page">
      <PageHeader title={t("tokens.title")} actions={<Tools />}>
        <span className="faint">{t("tokens.intro")}</span>
      </PageHeader>
      <FilterChoice filter={filter} choose={setFilter} />
      {tokens.isPending && <PageSkeleton />}
      {tokens.error !== null && <FailureState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data !== undefined && <TokenList filter={filter} page={tokens.data} />}
    </div>
  );
}

function FilterChoice({ filter, choose }: { filter: TokenFilter; choose: (filter: TokenFilter) => void }) {
  const { t } = useTranslation();
  const text = useStateText();
  const options = TOKEN_FILTERS.map((value) => ({ value, label: value === ALL_TOKENS ? t("tokens.all") : text("token", value) }));
  return <Segmented<TokenFilter> value={filter} onChange={choose} options={options} aria-label={t("tokens.filter")} />;
}

function TokenList({ filter, page }: { filter: TokenFilter; page: Page<RegistrationToken> }) {
  const { t } = useTranslation();
  const { total, page: current } = page.pagination;
  if (total === 0) return <NoTokens filter={filter} />;
  return (
    <Panel title={t("tokens.title")} flush>
      <TokenTable tokens={page.data} />
      <Pages page={current} total={total} />
    </Panel>
  );
}

function NoTokens({ filter }: { filter: TokenFilter }) {
  const { t } = useTranslation();
  if (filter === ALL_TOKENS) return <EmptyState title={t("tokens.empty")} hint={t("tokens.emptyHint")} />;
  if (filter === "ACTIVE") return <EmptyState title={t("tokens.noneActive")} hint={t("tokens.noneActiveHint")} />;
  return <EmptyState title={t("tokens.noneSuch")} />;
}

/** The form opens with `?create=1` and a token with `?token=`, so that other pages can lead here. */
function Tools() {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const { open, setOpen } = useTokenQuery();
  const { read, write } = useAddress();
  const [made, setMade] = useState<CreatedToken | null>(null);
  const show = (on: boolean) => write({ create: on ? "1" : null }, on);
  const created = (token: CreatedToken) => {
    setMade(token);
    setOpen(token.id);
  };
  const close = () => {
    setMade(null);
    setOpen(null);
  };
  return (
    <>
      {mayOperate && (
        <Button type="primary" icon={<PlusIcon size={16} />} onClick={() => show(true)}>
          {t("tokens.create")}
        </Button>
      )}
      {mayOperate && read("create") === "1" && <CreateToken made={created} close={() => show(false)} />}
      {open !== "" && <TokenDrawer key={open} id={open} raw={made?.id === open ? made.rawToken : null} close={close} />}
    </>
  );
}
