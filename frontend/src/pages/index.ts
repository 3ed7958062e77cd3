/** The pages that are fetched apart from the first load. */
export const pages = {
  login: async () => ({ Component: (await import("./Login")).Login }),
  service: async () => ({ Component: (await import("./Service")).Service }),
  commands: async () => ({ Component: (await import("./Commands")).Commands }),
  command: async () => ({ Component: (await import("./Command")).Command }),
  tokens: async () => ({ Component: (await import("./Tokens")).Tokens }),
};

/** The form of an action. It brings the form library with it, and is fetched with the page of a service. */
export const actionPanel = async () => ({
  default: (await import("../components/action/ActionPanel")).ActionPanel,
});

/**
 * Fetches the other pages with the first one, so that the console goes on working while the server
 * cannot be reached.
 */
export function fetchAhead(): void {
  const { login: _login, ...others } = pages;
  for (const load of Object.values(others)) load().catch(() => undefined);
}
