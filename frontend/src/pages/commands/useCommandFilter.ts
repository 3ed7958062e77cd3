import { useMemo } from "react";
import { useAddress } from "../../components/address";
import { useFilter } from "../../components/useFilter";
import type { CommandFilter } from "../../store/commands";

/** What the list of commands is cut down to, as the address says. */
export function useCommandFilter() {
  const { filter: words, setText, toggle } = useFilter();
  const { read, write } = useAddress();
  const [action, service, agent, all] = [read("action"), read("service"), read("agent"), read("all")];
  const filter: CommandFilter = useMemo(() => ({ ...words, action, service, agent, withPrepare: all === "1" }), [words, action, service, agent, all]);
  const filtered = [words.text, action, service, agent].some((value) => value !== "") || words.groups.length > 0;
  return { filter, filtered, setText, toggle, write, clear: () => write({ q: "", state: "", action: "", service: "", agent: "" }) };
}
