import type { ComponentType } from "react";
import { useMay, type Capability } from "../api/session";
import { usePublicSettings } from "../api/system";
import * as icons from "./icons";

type PageName =
  | "fleet" | "services" | "agents" | "commands" | "runs" | "audit" | "tokens"
  | "users" | "apiKeys" | "bus" | "settings" | "diagnostics" | "backups";

export interface Entry {
  readonly to: string;
  readonly label: `nav.${PageName}`;
  readonly Icon: ComponentType<{ size?: number }>;
  /** What the role must allow; everybody sees the others. */
  readonly needs?: Capability;
}

export interface EntryGroup {
  readonly label: "nav.watch" | "nav.act" | "nav.govern" | "nav.system";
  readonly entries: readonly Entry[];
}

const GROUPS: readonly EntryGroup[] = [
  {
    label: "nav.watch",
    entries: [
      { to: "/", label: "nav.fleet", Icon: icons.FleetIcon },
      { to: "/services", label: "nav.services", Icon: icons.ServiceIcon },
      { to: "/agents", label: "nav.agents", Icon: icons.AgentIcon },
    ],
  },
  {
    label: "nav.act",
    entries: [
      { to: "/commands", label: "nav.commands", Icon: icons.CommandIcon },
      { to: "/runs", label: "nav.runs", Icon: icons.RunsIcon },
    ],
  },
  {
    label: "nav.govern",
    entries: [
      { to: "/audit", label: "nav.audit", Icon: icons.AuditIcon },
      { to: "/tokens", label: "nav.tokens", Icon: icons.TokenIcon },
      { to: "/users", label: "nav.users", Icon: icons.PeopleIcon, needs: "administer" },
      { to: "/api-keys", label: "nav.apiKeys", Icon: icons.KeyIcon, needs: "administer" },
      { to: "/bus", label: "nav.bus", Icon: icons.BusIcon },
    ],
  },
  {
    label: "nav.system",
    entries: [
      { to: "/settings", label: "nav.settings", Icon: icons.SettingsIcon },
      { to: "/diagnostics", label: "nav.diagnostics", Icon: icons.DiagnosticsIcon, needs: "diagnose" },
      { to: "/backups", label: "nav.backups", Icon: icons.BackupIcon, needs: "administer" },
    ],
  },
];

/** The pages of the console that this person can use, in groups. */
export function useEntries(): EntryGroup[] {
  const may: Record<Capability, boolean> = {
    operate: useMay("operate"),
    export: useMay("export"),
    diagnose: useMay("diagnose"),
    administer: useMay("administer"),
  };
  const bus = usePublicSettings().data?.capsuleBusEnabled === true;
  const shown = ({ to, needs }: Entry): boolean => (needs === undefined || may[needs]) && (to !== "/bus" || bus);
  return GROUPS.map(({ label, entries }) => ({ label, entries: entries.filter(shown) }));
}
