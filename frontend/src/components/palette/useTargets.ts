import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useMay } from "../../api/session";
import { rowsOf } from "../../store/derived";
import { useReady, useView } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";
import { useEntries } from "../entries";
import { find, MOST, type Target } from "./find";

interface OfferedAction {
  serviceId: string;
  serviceCode: string;
  serviceName: string;
  name: string;
  label: string;
}

/** Shorter words find half of everything. */
const SHORTEST = 2;

/** What `text` finds, the kinds one after another; without text the pages. */
export function useTargets(text: string): Target[] {
  const pages = usePages();
  const store = useView("fleet");
  const ready = useReady(store);
  const sought = text.trim();
  const actions = useActions(sought);
  return useMemo(() => {
    if (sought === "") return pages;
    const fleet = ready ? [...find(services(store), sought), ...find(agents(store), sought)] : [];
    return [...find(pages, sought), ...fleet, ...actions];
  }, [pages, store, ready, sought, actions]);
}

function usePages(): Target[] {
  const { t } = useTranslation();
  const groups = useEntries();
  const mine = { key: "/account", kind: "page" as const, name: t("me.title"), more: "", to: "/account" };
  const entries = groups.flatMap((group) => group.entries);
  const pages = entries.map(({ to, label }) => ({ key: to, kind: "page" as const, name: t(label), more: "", to }));
  return [...pages, mine];
}

function* services(store: ViewStore): Iterable<Target> {
  for (const { id, name, code } of rowsOf(store.view, "service")) {
    yield { key: id, kind: "service", name, more: code, to: `/services/${id}` };
  }
}

function* agents(store: ViewStore): Iterable<Target> {
  for (const { id, name, code, hostname } of rowsOf(store.view, "agent")) {
    yield { key: id, kind: "agent", name: name ?? code, more: [code, hostname ?? ""].join(" ").trim(), to: `/agents/${id}` };
  }
}

/** Actions are searched by the server: there are too many to keep them all here. */
function useActions(text: string): Target[] {
  const api = useApi();
  const may = useMay("operate");
  const { data } = useQuery({
    queryKey: ["offered-actions", text],
    queryFn: ({ signal }) => api.page<OfferedAction>(`/api/admin/actions?pageSize=${MOST}&q=${encodeURIComponent(text)}`, { signal }),
    enabled: may && text.length >= SHORTEST,
    placeholderData: (before) => before,
  });
  // What was found for the word before is there until the answer comes: only what fits this one counts.
  return useMemo(() => (text.length < SHORTEST ? [] : find((data?.data ?? []).map(asTarget), text)), [data, text]);
}

function asTarget({ serviceId, serviceName, name, label }: OfferedAction): Target {
  const to = `/services/${serviceId}?action=${encodeURIComponent(name)}`;
  return { key: `${serviceId} ${name}`, kind: "action", name: label, more: serviceName, to };
}
