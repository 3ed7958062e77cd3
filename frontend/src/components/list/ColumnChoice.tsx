import { Button, Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import type { Row } from "../../wire/frames";
import { ColumnsIcon } from "../icons";
import { ToolPopover } from "./ToolPopover";
import { isTitle, type ColumnControl } from "./useColumns";

/** Which columns to show; kept for the next time, and in the address for others. */
export function ColumnChoice<K extends Row["kind"]>({ control: { all, shown, choose } }: { control: ColumnControl<K> }) {
  const { t } = useTranslation();
  const keys = shown.map(({ key }) => key);
  const usual = all.filter(({ extra }) => extra !== true).map(({ key }) => key);
  const turn = (key: string): void => choose(keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key]);
  return (
    <ToolPopover label={t("list.columns")} Icon={ColumnsIcon}>
      {() => (
        <>
          {all.map((column) => (
            <Checkbox key={column.key} checked={keys.includes(column.key)} disabled={isTitle(column)} onChange={() => turn(column.key)}>
              {column.title}
            </Checkbox>
          ))}
          <Button size="small" onClick={() => choose(usual)}>
            {t("list.usualColumns")}
          </Button>
        </>
      )}
    </ToolPopover>
  );
}
