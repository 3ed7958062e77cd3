import { Input } from "antd";
import { useState, type ReactNode } from "react";
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

/** What is typed is there at once, though the address that keeps it may follow later. */
export function SearchField({ text, placeholder, onChange, children }: SearchProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const type = (next: string): void => {
    setTyped(next);
    onChange(next);
  };
  return (
    <div className="toolbar">
      <Input
        className="toolbar__search"
        prefix={<SearchIcon size={15} />}
        value={typed ?? text}
        placeholder={placeholder}
        aria-label={placeholder}
        allowClear
        onChange={(event) => type(event.target.value)}
        onBlur={() => setTyped(null)}
      />
      {children}
    </div>
  );
}
