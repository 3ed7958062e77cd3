import { useSearchParams } from "react-router";
import type { TokenStatus } from "../../api/types";

export const ALL_TOKENS = "ALL";
export type TokenFilter = TokenStatus | typeof ALL_TOKENS;

/** What can be asked for; without a choice the tokens that still open something. */
export const TOKEN_FILTERS: readonly TokenFilter[] = ["ACTIVE", "USED", "REVOKED", "EXPIRED", ALL_TOKENS];

interface TokenQuery {
  readonly filter: TokenFilter;
  readonly page: number;
  /** The token that is looked at. */
  readonly open: string | null;
  readonly setFilter: (filter: TokenFilter) => void;
  readonly setPage: (page: number) => void;
  readonly setOpen: (id: string | null) => void;
  /** Where a token is looked at. */
  readonly hrefOf: (id: string) => string;
}

/** Which tokens are shown; it lives in the address, so that going back and sharing keep it. */
export function useTokenQuery(): TokenQuery {
  const [params, setParams] = useSearchParams();
  const filter = TOKEN_FILTERS.find((one) => one === params.get("status")) ?? "ACTIVE";
  const page = Math.max(1, Math.trunc(Number(params.get("page"))) || 1);
  return {
    filter,
    page,
    open: params.get("token"),
    setFilter: (next) => setParams(next === "ACTIVE" ? {} : { status: next }, { replace: true }),
    setPage: (next) => setParams({ ...(filter === "ACTIVE" ? {} : { status: filter }), page: String(next) }),
    setOpen: (id) => setParams((before) => withToken(before, id)),
    hrefOf: (id) => `?${withToken(params, id)}`,
  };
}

/** Another token begins with the form closed and the first way to join. */
function withToken(before: URLSearchParams, id: string | null): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const key of ["create", "how", "token"]) after.delete(key);
  if (id !== null) after.set("token", id);
  return after;
}
