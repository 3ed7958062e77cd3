import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { commandChoices, sameChoices, type CommandFilter } from "../../store/commands";
import { useSummary } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

const KINDS = ["action", "service", "agent"] as const;
const LABELS = { action: "command.anyAction", service: "command.anyService", agent: "command.anyAgent" } as const;

interface ChoosersProps {
  store: ViewStore;
  filter: CommandFilter;
  write: (parts: Record<string, string>) => void;
}

/** Which action, service and agent: those of the commands that are there. */
export function Choosers({ store, filter, write }: ChoosersProps) {
  const { t } = useTranslation();
  const choices = useSummary(store, commandChoices, sameChoices);
  return KINDS.map((kind) => (
    <Select<string>
      key={kind}
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      className="list-choice"
      placeholder={t(LABELS[kind])}
      aria-label={t(LABELS[kind])}
      options={optionsOf(choices[kind], filter[kind])}
      value={filter[kind] === "" ? undefined : filter[kind]}
      onChange={(value?: string) => write({ [kind]: value ?? "" })}
    />
  ));
}

/** What is chosen by the address is offered even when no command of it is there. */
function optionsOf(names: Record<string, string>, chosen: string) {
  const all = chosen === "" || chosen in names ? names : { ...names, [chosen]: chosen };
  return Object.entries(all)
    .map(([value, label]) => ({ value, label }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
