/** The pages that are fetched apart from the first load. */
export const pages = {
  login: async () => ({ Component: (await import("./Login")).Login }),
  service: async () => ({ Component: (await import("./Service")).Service }),
  commands: async () => ({ Component: (await import("./Commands")).Commands }),
  command: async () => ({ Component: (await import("./Command")).Command }),
  tokens: async () => ({ Component: (await import("./Tokens")).Tokens }),
};

/** The form of an action; it brings the form library with it. */
export const actionPanel = async () => ({
  default: (await import("../components/action/ActionPanel")).ActionPanel,
});

const AFTER_MS = 2_000;

/**
 * Fetches everything else while nobody waits for it, so that the console goes on working while the
 * server cannot be reached. The answer calls it off.
 */
export function fetchAhead(): () => void {
  const timer = setTimeout(() => {
    const { login: _login, ...others } = pages;
    for (const load of [...Object.values(others), actionPanel]) load().catch(() => undefined);
  }, AFTER_MS);
  return () => clearTimeout(timer);
}
