import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { CheckIcon, CopyIcon } from "./icons";

const SHOWN_MS = 2000;

interface CopyProps {
  /** A function when making the text takes a while. */
  text: string | (() => string);
  label?: string;
  type?: "text" | "primary";
}

/** Copies `text`, and says so for a moment. */
export function CopyButton({ text, label, type = "text" }: CopyProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const name = copied ? t("common.copied") : (label ?? t("common.copy"));
  return (
    <Button
      type={type}
      size={type === "text" ? "small" : "middle"}
      icon={copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
      onClick={() => void copy(typeof text === "string" ? text : text()).then(setCopied)}
      aria-label={name}
      title={name}
    >
      {label === undefined ? null : name}
    </Button>
  );
}

/** True when it worked. The clipboard is missing on plain HTTP, so a selection stands in for it. */
async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
