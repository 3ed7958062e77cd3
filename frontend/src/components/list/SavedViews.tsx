import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { BinIcon, BookmarkIcon, PencilIcon } from "../icons";
import { useKept } from "../useKept";
import { readViews, removed, renamed, saved, viewQuery, writeViews, type SavedView } from "./savedViews";
import { ToolPopover } from "./ToolPopover";

interface SavedProps {
  /** Whose views they are; each list has its own. */
  list: string;
  /** The columns shown, as the address would say it. */
  columns: string;
}

/** Views of this list that somebody gave a name: to open, to keep, to name anew, to remove. */
export function SavedViews({ list, columns }: SavedProps) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [kept, keep] = useKept(`opstage.views.${list}`);
  const views = readViews(kept);
  const change = (after: readonly SavedView[]): void => keep(writeViews(after));
  const present = new URLSearchParams(params);
  present.set("cols", columns);
  const query = viewQuery(present);
  return (
    <ToolPopover label={t("list.views")} Icon={BookmarkIcon}>
      {(close) => (
        <>
          {views.length === 0 && <p className="faint">{t("list.noViews")}</p>}
          {views.length > 0 && (
            <ul className="views">
              {views.map((view) => (
                <ViewItem
                  key={view.name}
                  view={view}
                  present={view.query === query}
                  apply={() => {
                    setParams(new URLSearchParams(view.query));
                    close();
                  }}
                  rename={(name) => change(renamed(views, view.name, name))}
                  remove={() => change(removed(views, view.name))}
                />
              ))}
            </ul>
          )}
          <NameField label={t("list.viewName")} button={t("list.saveView")} start="" done={(name) => change(saved(views, { name, query }))} />
        </>
      )}
    </ToolPopover>
  );
}

interface ItemProps {
  view: SavedView;
  present: boolean;
  apply: () => void;
  rename: (name: string) => void;
  remove: () => void;
}

function ViewItem({ view: { name }, present, apply, rename, remove }: ItemProps) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  if (editing) {
    const done = (after: string): void => {
      rename(after);
      setEditing(false);
    };
    return (
      <li>
        <NameField label={t("list.viewName")} button={t("list.renameView")} start={name} done={done} />
      </li>
    );
  }
  return (
    <li className="views__item">
      <button type="button" className="views__open" aria-current={present} onClick={apply}>
        {name}
      </button>
      <Button type="text" size="small" icon={<PencilIcon size={15} />} aria-label={t("list.renameOf", { name })} onClick={() => setEditing(true)} />
      <Button type="text" size="small" icon={<BinIcon size={15} />} aria-label={t("list.removeOf", { name })} onClick={remove} />
    </li>
  );
}

interface NameProps {
  label: string;
  button: string;
  start: string;
  done: (name: string) => void;
}

const LONGEST = 60;

function NameField({ label, button, start, done }: NameProps) {
  const [name, setName] = useState(start);
  const submit = (): void => {
    done(name.trim());
    setName("");
  };
  return (
    <form
      className="views__name"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") submit();
      }}
    >
      <Input size="small" value={name} maxLength={LONGEST} placeholder={label} aria-label={label} onChange={({ target }) => setName(target.value)} />
      <Button size="small" htmlType="submit" disabled={name.trim() === ""}>
        {button}
      </Button>
    </form>
  );
}
