/** The pages that are fetched apart from the first load. */
export const pages = {
  login: async () => ({ Component: (await import("./Login")).Login }),
  services: async () => ({ Component: (await import("./Services")).Services }),
  service: async () => ({ Component: (await import("./Service")).Service }),
  agents: async () => ({ Component: (await import("./Agents")).Agents }),
  agent: async () => ({ Component: (await import("./Agent")).Agent }),
  commands: async () => ({ Component: (await import("./Commands")).Commands }),
  command: async () => ({ Component: (await import("./Command")).Command }),
  runs: async () => ({ Component: (await import("./Runs")).Runs }),
  newRun: async () => ({ Component: (await import("./NewRun")).NewRun }),
  run: async () => ({ Component: (await import("./Run")).Run }),
  audit: async () => ({ Component: (await import("./Audit")).Audit }),
  tokens: async () => ({ Component: (await import("./Tokens")).Tokens }),
  users: async () => ({ Component: (await import("./Users")).Users }),
  apiKeys: async () => ({ Component: (await import("./ApiKeys")).ApiKeys }),
  account: async () => ({ Component: (await import("./Account")).Account }),
  settings: async () => ({ Component: (await import("./Settings")).Settings }),
  bus: async () => ({ Component: (await import("./Bus")).Bus }),
  diagnostics: async () => ({ Component: (await import("./Diagnostics")).Diagnostics }),
  backups: async () => ({ Component: (await import("./Backups")).Backups }),
};

/** The form of an action. It brings the form library with it, and is fetched with the page of a service. */
export const actionPanel = async () => ({
  default: (await import("../components/action/ActionPanel")).ActionPanel,
});

/** The bare form, for one input to many services. */
export const actionForm = async () => ({
  default: (await import("../components/action/ActionForm")).ActionForm,
});

/**
 * Fetches the other pages with the first one, so that the console goes on working while the server
 * cannot be reached.
 */
export function fetchAhead(): void {
  const { login: _login, ...others } = pages;
  for (const load of Object.values(others)) load().catch(() => undefined);
}
