import { useSearchParams } from "react-router";
import type { TokenStatus } from "../../api/types";

export const ALL_TOKENS = "ALL";
export type TokenFilter = TokenStatus | typeof ALL_TOKENS;

/** What can be asked for; without a choice the tokens that still open something. */
export const TOKEN_FILTERS: readonly TokenFilter[] = ["ACTIVE", "USED", "REVOKED", "EXPIRED", ALL_TOKENS];

interface TokenQuery {
  readonly filter: TokenFilter;
  readonly page: number;
  readonly setFilter: (filter: TokenFilter) => void;
  readonly setPage: (page: number) => void;
}

/** Which tokens are shown; it lives in the address, so that going back and sharing keep it. */
export function useTokenQuery(): TokenQuery {
  const [params, setParams] = useSearchParams();
  const filter = TOKEN_FILTERS.find((one) => one === params.get("status")) ?? "ACTIVE";
  const page = Math.max(1, Math.trunc(Number(params.get("page"))) || 1);
  return {
    filter,
    page,
    setFilter: (next) => setParams(next === "ACTIVE" ? {} : { status: next }, { replace: true }),
    setPage: (next) => setParams({ ...(filter === "ACTIVE" ? {} : { status: filter }), page: String(next) }),
  };
}
