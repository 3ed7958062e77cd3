import { createBrowserRouter } from "react-router";
import { AppShell } from "./components/AppShell";
import { ShellSkeleton } from "./components/ShellSkeleton";
import { pages } from "./pages";
import { Fleet } from "./pages/Fleet";
import { NotFound } from "./pages/NotFound";
import { PageFailure } from "./pages/PageFailure";
import { RequireSession } from "./pages/RequireSession";

/** Pages other than the first one are fetched when they are opened, or when there is time. */
export const router = createBrowserRouter([
  {
    path: "/login",
    lazy: pages.login,
    errorElement: <PageFailure />,
    hydrateFallbackElement: <></>,
  },
  {
    path: "/",
    element: (
      <RequireSession>
        <AppShell />
      </RequireSession>
    ),
    errorElement: <PageFailure />,
    hydrateFallbackElement: <ShellSkeleton />,
    children: [
      {
        errorElement: <PageFailure />,
        children: [
          { index: true, element: <Fleet /> },
          { path: "services", lazy: pages.services },
          { path: "services/:serviceId", lazy: pages.service },
          { path: "agents", lazy: pages.agents },
          { path: "agents/:agentId", lazy: pages.agent },
          { path: "commands", lazy: pages.commands },
          { path: "commands/:commandId", lazy: pages.command },
          { path: "runs", lazy: pages.runs },
          { path: "runs/new", lazy: pages.newRun },
          { path: "runs/:runId", lazy: pages.run },
          { path: "audit", lazy: pages.audit },
          { path: "tokens", lazy: pages.tokens },
          { path: "users", lazy: pages.users },
          { path: "api-keys", lazy: pages.apiKeys },
          { path: "account", lazy: pages.account },
          { path: "settings", lazy: pages.settings },
          { path: "bus", lazy: pages.bus },
          { path: "diagnostics", lazy: pages.diagnostics },
          { path: "backups", lazy: pages.backups },
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
]);
