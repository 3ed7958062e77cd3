import { Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { LabelIcon } from "../icons";

interface SelectorProps {
  selector: string;
  change: (selector: string) => void;
  /** What the server could not read in it. */
  problem: string | null;
}

/** Conditions on labels; they hold once Enter is pressed or the field is left, for the server reads them. */
export function SelectorField({ selector, change, problem }: SelectorProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string | null>(null);
  const problemId = useId();
  const commit = (text: string): void => {
    setDraft(null);
    if (text.trim() !== selector) change(text.trim());
  };
  return (
    <div className="selector-field">
      <Input
        prefix={<LabelIcon size={15} />}
        value={draft ?? selector}
        placeholder={t("list.selectorHint")}
        aria-label={t("list.selector")}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : problemId}
        status={problem === null ? undefined : "error"}
        spellCheck={false}
        autoCapitalize="off"
        allowClear
        onChange={({ target, type }) => (type === "click" ? commit("") : setDraft(target.value))}
        onPressEnter={({ currentTarget }) => commit(currentTarget.value)}
        onBlur={({ target }) => commit(target.value)}
      />
      {problem !== null && (
        <p id={problemId} className="selector-field__problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
