import { Button, Input, type InputRef } from "antd";
import type { KeyboardEvent, RefObject } from "react";
import { useTranslation } from "react-i18next";
import { DownIcon, SearchIcon, UpIcon } from "../icons";

interface SearchProps {
  field: RefObject<InputRef | null>;
  text: string;
  change: (text: string) => void;
  /** Which hit is the present one, and how many there are. */
  at: number;
  count: number;
  move: (by: number) => void;
}

/** Looks for a text in the output: Enter goes on, Shift+Enter back, Escape ends it. */
export function OutputSearch({ field, text, change, at, count, move }: SearchProps) {
  const { t } = useTranslation();
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter") move(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") change("");
    else return;
    event.preventDefault();
  };
  const none = count === 0;
  return (
    <div className="output-search" role="search">
      <Input
        ref={field}
        size="small"
        variant="borderless"
        prefix={<SearchIcon size={14} />}
        value={text}
        placeholder={t("command.searchOutput")}
        aria-label={t("command.searchOutput")}
        onChange={(event) => change(event.target.value)}
        onKeyDown={press}
      />
      {text !== "" && (
        <>
          <span className="output-search__count numbers" role="status">
            {none ? t("command.noHits") : t("command.hits", { at: at + 1, count })}
          </span>
          <Button type="text" size="small" icon={<UpIcon size={14} />} disabled={none} aria-label={t("command.previousHit")} title={t("command.previousHit")} onClick={() => move(-1)} />
          <Button type="text" size="small" icon={<DownIcon size={14} />} disabled={none} aria-label={t("command.nextHit")} title={t("command.nextHit")} onClick={() => move(1)} />
        </>
      )}
    </div>
  );
}
