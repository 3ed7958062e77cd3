import { Pagination, Select } from "antd";
import { SearchField } from "./FilterBar";
import { useAddress } from "./address";

export const PAGE_SIZE = 20;

interface Chooser {
  /** Its name in the address and in the query of REST. */
  readonly key: string;
  /** What it says while nothing is chosen, and to whom does not see it. */
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** Search and choices above a list that the server filters. */
export function ListControls({ search, choosers }: { search: string; choosers: readonly Chooser[] }) {
  const { read, write } = useAddress();
  return (
    <SearchField text={read("q")} placeholder={search} onChange={(q) => write({ q, page: "" })}>
      {choosers.map(({ key, label, options }) => (
        <Select<string>
          key={key}
          allowClear
          className="list-choice"
          placeholder={label}
          aria-label={label}
          options={[...options]}
          value={read(key) === "" ? undefined : read(key)}
          onChange={(value?: string) => write({ [key]: value ?? "", page: "" })}
        />
      ))}
    </SearchField>
  );
}

/** What the address asks of the server, as REST takes it. */
export function useListQuery(keys: readonly string[]): string {
  const { read } = useAddress();
  const query = new URLSearchParams({ pageSize: String(PAGE_SIZE) });
  for (const key of ["q", "page", ...keys]) if (read(key).trim() !== "") query.set(key, read(key).trim());
  return query.toString();
}

export function useListFiltered(keys: readonly string[]): boolean {
  const { read } = useAddress();
  return ["q", ...keys].some((key) => read(key).trim() !== "");
}

interface PagesProps {
  page: number;
  total: number;
  /** Where in the address the number of the page stands. */
  part?: string;
}

export function Pages({ page, total, part = "page" }: PagesProps) {
  const { write } = useAddress();
  if (total <= PAGE_SIZE) return null;
  return <Pagination className="pages" current={page} pageSize={PAGE_SIZE} total={total} showSizeChanger={false} onChange={(next) => write({ [part]: next === 1 ? "" : String(next) }, true)} />;
}
