import { useTranslation } from "react-i18next";
import { formatBytes, formatDuration, formatTime } from "./format";
import { useStatusWord } from "../i18n/texts";
import { asNumber, asText } from "./json";
import { RelativeTime } from "./RelativeTime";
import { PlainValue } from "./ValueList";

/** A value of a result in the format its author asked for. */
export function FormattedValue({ value, format }: { value: unknown; format: string }) {
  const { i18n } = useTranslation();
  const word = useStatusWord();
  const number = asNumber(value);
  const text = asText(value);
  if (format === "bytes" && number !== null) return <span className="numbers nowrap">{formatBytes(number)}</span>;
  if (format === "duration" && number !== null) return <span className="numbers nowrap">{formatDuration(number)}</span>;
  if (format === "code" && value !== null && value !== undefined) return <code className="break">{String(value)}</code>;
  if (format === "status" && text !== null) return <span className="chip" title={text}>{word(text)}</span>;
  if (format === "relativeTime" && text !== null) return <RelativeTime at={text} />;
  if (format === "datetime" && text !== null && !Number.isNaN(Date.parse(text))) return formatTime(Date.parse(text), i18n.language);
  return <PlainValue value={value} />;
}
