import { Button, Drawer } from "antd";
import type { KeyboardEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DownIcon, UpIcon } from "../icons";
import type { Preview } from "./usePreview";

interface DrawerProps {
  preview: Preview;
  /** The list it was opened from, to go on from there. */
  ids: readonly string[];
  title: string;
  children: ReactNode;
}

/** The essentials of one row, beside its list; the arrow keys go on to the rows before and after. */
export function PreviewDrawer({ preview, ids, title, children }: DrawerProps) {
  const { t } = useTranslation();
  const at = ids.indexOf(preview.id);
  const previous = at < 0 ? undefined : ids[at - 1];
  const next = at < 0 ? undefined : ids[at + 1];
  const go = (id: string | undefined): void => {
    if (id !== undefined) preview.open(id);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === "ArrowUp") go(previous);
    else if (event.key === "ArrowDown") go(next);
    else return;
    event.preventDefault();
  };
  const steps = (
    <span className="preview__steps">
      <Button type="text" icon={<UpIcon size={16} />} disabled={previous === undefined} aria-label={t("list.previous")} onClick={() => go(previous)} />
      <Button type="text" icon={<DownIcon size={16} />} disabled={next === undefined} aria-label={t("list.next")} onClick={() => go(next)} />
    </span>
  );
  return (
    // Keys are heard around the drawer: it holds the focus itself, outside of its panel.
    <div className="preview-keys" onKeyDown={press}>
      <Drawer open onClose={preview.close} title={title} extra={steps} size={480}>
        {children}
      </Drawer>
    </div>
  );
}
