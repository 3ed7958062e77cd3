import { Button, Pagination } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useMayOperate } from "../api/session";
import { TOKENS_KEY, useTokens } from "../api/tokens";
import type { Page, RegistrationToken } from "../api/types";
import { EmptyState, FailureState } from "../components/EmptyState";
import { PlusIcon } from "../components/icons";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { Panel } from "../components/Panel";
import { countAgents } from "../store/fleet";
import { sameCounts } from "../store/derived";
import { useDerived, useView } from "../store/hooks";
import { CreateToken } from "./tokens/CreateToken";
import { TokenTable } from "./tokens/TokenTable";

const PAGE_SIZE = 20;

/** Where agents get their way in. */
export function Tokens() {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const tokens = useTokens(page, PAGE_SIZE);
  useFreshWhenAgentsChange();
  return (
    <div className="page">
      <PageHeader title={t("tokens.title")} actions={<CreateButton />}>
        <span className="faint">{t("tokens.intro")}</span>
      </PageHeader>
      {tokens.isPending && <PageSkeleton />}
      {tokens.error !== null && <FailureState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data !== undefined && <TokenList page={tokens.data} open={setPage} />}
    </div>
  );
}

function TokenList({ page, open }: { page: Page<RegistrationToken>; open: (page: number) => void }) {
  const { t } = useTranslation();
  const { total, page: current } = page.pagination;
  if (total === 0) return <EmptyState title={t("tokens.empty")} hint={t("tokens.emptyHint")} />;
  return (
    <Panel title={t("tokens.title")} flush>
      <TokenTable tokens={page.data} />
      {total > PAGE_SIZE && (
        <Pagination className="pages" current={current} pageSize={PAGE_SIZE} total={total} showSizeChanger={false} onChange={open} />
      )}
    </Panel>
  );
}

/** Opens the form; `?create=1` opens it too, so that other pages can lead here. */
function CreateButton() {
  const { t } = useTranslation();
  const mayOperate = useMayOperate();
  const [params, setParams] = useSearchParams();
  if (!mayOperate) return null;
  const show = (on: boolean) => setParams(on ? { create: "1" } : {}, { replace: !on });
  return (
    <>
      <Button type="primary" icon={<PlusIcon size={16} />} onClick={() => show(true)}>
        {t("tokens.create")}
      </Button>
      {params.get("create") === "1" && <CreateToken close={() => show(false)} />}
    </>
  );
}

/** An agent that joins uses up a token; the live view tells when that may have happened. */
function useFreshWhenAgentsChange(): void {
  const queries = useQueryClient();
  const agents = useDerived(useView("fleet"), countAgents, sameCounts);
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: TOKENS_KEY });
  }, [agents, queries]);
}
