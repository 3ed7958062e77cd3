import { useMemo } from "react";
import type { Row } from "../../wire/frames";
import { useChangeAddress, useParam, withParts } from "../address";
import type { Column } from "../grid/columns";
import { useKept } from "../useKept";

export interface ColumnControl<K extends Row["kind"]> {
  readonly all: readonly Column<K>[];
  readonly shown: readonly Column<K>[];
  /** Shows these and no others; the title is always there. */
  readonly choose: (keys: readonly string[]) => void;
}

/** Which columns a list shows: what the address says, or what was chosen last, or the usual ones. */
export function useColumns<K extends Row["kind"]>(list: string, all: readonly Column<K>[]): ColumnControl<K> {
  const [said] = useParam("cols");
  const change = useChangeAddress();
  const [kept, keep] = useKept(`opstage.columns.${list}`);
  const text = said === "" ? (kept ?? "") : said;
  const shown = useMemo(() => chosen(all, text), [all, text]);
  const choose = (keys: readonly string[]): void => {
    const after = all.filter((column) => isTitle(column) || keys.includes(column.key));
    const usual = sameKeys(after, chosen(all, ""));
    const written = after.map(({ key }) => key).join(",");
    keep(usual ? null : written);
    // At once: a box that is ticked must not look empty until the page has followed the address.
    const options = { replace: true, preventScrollReset: true, flushSync: true };
    change((before) => withParts(before, { cols: usual ? null : written }), options);
  };
  return { all, shown, choose };
}

export function isTitle({ narrow }: { narrow: string }): boolean {
  return narrow === "title";
}

/** Keys that name no column are passed over; with none left it is the usual columns. */
function chosen<K extends Row["kind"]>(all: readonly Column<K>[], text: string): readonly Column<K>[] {
  const keys = text.split(",");
  const named = all.filter((column) => keys.includes(column.key));
  if (named.length === 0) return all.filter((column) => column.extra !== true);
  return all.filter((column) => isTitle(column) || named.includes(column));
}

function sameKeys(a: readonly { key: string }[], b: readonly { key: string }[]): boolean {
  return a.length === b.length && a.every(({ key }, index) => key === b[index]?.key);
}
