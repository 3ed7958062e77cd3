import type { TokenStatus } from "../../api/types";
import { useAddress } from "../../components/address";

export const ALL_TOKENS = "ALL";
export type TokenFilter = TokenStatus | typeof ALL_TOKENS;

/** What can be asked for; without a choice the tokens that still open something. */
export const TOKEN_FILTERS: readonly TokenFilter[] = ["ACTIVE", "USED", "REVOKED", "EXPIRED", ALL_TOKENS];

interface TokenQuery {
  readonly filter: TokenFilter;
  readonly page: number;
  /** The token that is looked at; empty for none. */
  readonly open: string;
  readonly setFilter: (filter: TokenFilter) => void;
  readonly setOpen: (id: string | null) => void;
  /** Where a token is looked at. */
  readonly hrefOf: (id: string) => string;
}

/** Which tokens are shown; it lives in the address, so that going back and sharing keep it. */
export function useTokenQuery(): TokenQuery {
  const { read, write, page, hrefOf } = useAddress();
  return {
    filter: TOKEN_FILTERS.find((one) => one === read("status")) ?? "ACTIVE",
    page,
    open: read("token"),
    setFilter: (next) => write({ status: next === "ACTIVE" ? null : next, page: null, ...looking(null) }),
    setOpen: (id) => write(looking(id), true),
    hrefOf: (id) => hrefOf(looking(id)),
  };
}

/** Where in the address the page of a token's uses stands. */
export const USES_PAGE = "uses";

/** Another token begins with the form closed, the first way to join and its latest uses. */
function looking(token: string | null) {
  return { create: null, how: null, [USES_PAGE]: null, token };
}
