import { Button, Pagination, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useRefetchOn } from "../api/refetch";
import { useMay } from "../api/session";
import { TOKEN_EVENTS, TOKENS_KEY, useTokens } from "../api/tokens";
import type { CreatedToken, Page, RegistrationToken } from "../api/types";
import { EmptyState, FailureState } from "../components/EmptyState";
import { PlusIcon } from "../components/icons";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { Panel } from "../components/Panel";
import { useStateText } from "../i18n/texts";
import { CreateToken } from "./tokens/CreateToken";
import { ALL_TOKENS, TOKEN_FILTERS, useTokenQuery, type TokenFilter } from "./tokens/query";
import { TokenDrawer } from "./tokens/TokenDrawer";
import { TokenTable } from "./tokens/TokenTable";
import "../styles/system.css";

const PAGE_SIZE = 20;

/** Where agents get their way in. */
export function Tokens() {
  const { t } = useTranslation();
  const { filter, page, setFilter, setPage } = useTokenQuery();
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
      {tokens.data !== undefined && <TokenList filter={filter} page={tokens.data} open={setPage} />}
    </div>
  );
}

function FilterChoice({ filter, choose }: { filter: TokenFilter; choose: (filter: TokenFilter) => void }) {
  const { t } = useTranslation();
  const text = useStateText();
  const options = TOKEN_FILTERS.map((value) => ({ value, label: value === ALL_TOKENS ? t("tokens.all") : text("token", value) }));
  return <Segmented<TokenFilter> className="fleet-tabs" value={filter} onChange={choose} options={options} aria-label={t("tokens.filter")} />;
}

interface ListProps {
  filter: TokenFilter;
  page: Page<RegistrationToken>;
  open: (page: number) => void;
}

function TokenList({ filter, page, open }: ListProps) {
  const { t } = useTranslation();
  const { total, page: current } = page.pagination;
  if (total === 0) return <NoTokens filter={filter} />;
  return (
    <Panel title={t("tokens.title")} flush>
      <TokenTable tokens={page.data} />
      {total > PAGE_SIZE && (
        <Pagination className="pages" current={current} pageSize={PAGE_SIZE} total={total} showSizeChanger={false} onChange={open} />
      )}
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
  const [params, setParams] = useSearchParams();
  const [made, setMade] = useState<CreatedToken | null>(null);
  const show = (on: boolean) => setParams((before) => withCreate(before, on), { replace: !on });
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
      {mayOperate && params.get("create") === "1" && <CreateToken made={created} close={() => show(false)} />}
      {open !== null && <TokenDrawer key={open} id={open} raw={made?.id === open ? made.rawToken : null} close={close} />}
    </>
  );
}

function withCreate(before: URLSearchParams, on: boolean): URLSearchParams {
  const after = new URLSearchParams(before);
  if (on) after.set("create", "1");
  else after.delete("create");
  return after;
}
