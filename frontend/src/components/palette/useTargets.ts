import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useMay } from "../../api/session";
import { rowsOf } from "../../store/derived";
import { useView } from "../../store/hooks";
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
  const sought = useDeferredValue(text.trim());
  const actions = useActions(sought);
  return useMemo(() => {
    const places = find(pages, sought);
    if (sought === "") return pages;
    return [...places, ...find(services(store), sought), ...find(agents(store), sought), ...actions];
  }, [pages, store, sought, actions]);
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
  return useMemo(() => (text.length < SHORTEST ? [] : (data?.data ?? []).map(asTarget)), [data, text]);
}

function asTarget({ serviceId, serviceName, name, label }: OfferedAction): Target {
  const to = `/services/${serviceId}?action=${encodeURIComponent(name)}`;
  return { key: `${serviceId} ${name}`, kind: "action", name: label, more: serviceName, to };
}
