import { Input } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { SearchIcon } from "./icons";
import { StateShape } from "./StateShape";
import type { Look } from "./states";

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly look: Look;
  readonly count: number;
}

/** Counters that are filters: each says how many there are, and shows only those when pressed. */
export function Counters({ choices, chosen, toggle }: { choices: Choice[]; chosen: readonly string[]; toggle: (key: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="counters" role="group" aria-label={t("fleet.filterState")}>
      {choices.map(({ key, label, look, count }) => (
        <button
          key={key}
          type="button"
          className={`counter tone-${look.tone}${count === 0 ? " counter--zero" : ""}`}
          aria-pressed={chosen.includes(key)}
          onClick={() => toggle(key)}
        >
          <StateShape look={look} size={15} />
          <span className="counter__count">{count}</span>
          <span className="counter__label">{label}</span>
        </button>
      ))}
    </div>
  );
}

interface SearchProps {
  text: string;
  placeholder: string;
  onChange: (text: string) => void;
  children?: ReactNode;
}

export function SearchField({ text, placeholder, onChange, children }: SearchProps) {
  return (
    <div className="toolbar">
      <Input
        className="toolbar__search"
        prefix={<SearchIcon size={15} />}
        value={text}
        placeholder={placeholder}
        aria-label={placeholder}
        allowClear
        onChange={(event) => onChange(event.target.value)}
      />
      {children}
    </div>
  );
}
