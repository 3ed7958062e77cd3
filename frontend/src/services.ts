import { QueryClient, type Query } from "@tanstack/react-query";
import { PREPARE_KEY } from "./api/actions";
import { Api } from "./api/client";
import { ApiError } from "./api/errors";
import { SESSION_KEY } from "./api/session";
import { Live } from "./store/live";
import { OPERATOR_PATH } from "./wire/frames";
import { browserScheduler } from "./wire/scheduler";
import type { Verdict } from "./wire/socket";

const TRIES = 2;

/** The parts the whole console shares; here is the only place where they are joined. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < TRIES && retryable(error),
    },
  },
});

export const api = new Api(() => queries.setQueryData(SESSION_KEY, null));

export const live = new Live({
  open: (subprotocol) => new WebSocket(operatorAddress(), subprotocol),
  verify: askWhoIsSignedIn,
  scheduler: browserScheduler,
  deflate: typeof DecompressionStream !== "undefined",
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") live.link.wake();
});
live.link.listen(() => {
  if (live.link.status.phase === "live") void queries.refetchQueries({ type: "active", predicate: isWorthAsking });
});
window.addEventListener("online", () => live.link.wake());

/** What failed while the server was away. Asking for a form makes a command, so that is left to the person. */
function isWorthAsking(query: Query): boolean {
  return query.state.status === "error" && query.queryKey[0] !== PREPARE_KEY;
}

async function askWhoIsSignedIn(): Promise<Verdict> {
  const session = await api.me();
  queries.setQueryData(SESSION_KEY, session);
  return session === null ? "signed-out" : "signed-in";
}

function operatorAddress(): string {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${OPERATOR_PATH}`;
}

function retryable(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}
