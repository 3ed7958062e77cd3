import { useTranslation } from "react-i18next";
import { humanise } from "./humanise";
import { isRecord } from "./json";
import { JsonView } from "./JsonView";
import { Facts } from "./Panel";
import { RelativeTime } from "./RelativeTime";

/** Names and values nobody described; plain ones as text, the others as JSON. */
export function ValueList({ values }: { values: Record<string, unknown> }) {
  return <Facts facts={Object.entries(values).map(([key, value]) => ({ label: humanise(key), raw: key, value: <PlainValue value={value} /> }))} />;
}

export function PlainValue({ value }: { value: unknown }) {
  const { t } = useTranslation();
  if (isNothing(value)) return <span className="faint">–</span>;
  if (typeof value === "boolean") return t(value ? "common.yes" : "common.no");
  if (isRecord(value) || Array.isArray(value)) return isShort(value) ? <ShortList value={value} /> : <JsonView value={value} />;
  if (typeof value === "string" && TIME.test(value)) return <RelativeTime at={value} />;
  return <span className="break">{String(value)}</span>;
}

/** A time as the wire writes it. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function isShort(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.length <= 20 && value.every((item) => typeof item === "string" || typeof item === "number");
}

function ShortList({ value }: { value: (string | number)[] }) {
  return (
    <span className="chips">
      {value.map((item, index) => (
        <span key={`${index}:${item}`} className="chip">
          {item}
        </span>
      ))}
    </span>
  );
}
