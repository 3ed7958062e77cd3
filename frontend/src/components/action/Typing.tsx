import { Input } from "antd";
import { useTranslation } from "react-i18next";

interface TypingProps {
  code: string;
  /** Told whether the code stands there. */
  allow: (ok: boolean) => void;
  /** Enter behind the right code. */
  finish: () => void;
}

/** Who confirms something dangerous types this first. */
export function Typing({ code, allow, finish }: TypingProps) {
  const { t } = useTranslation();
  const isRight = (text: string): boolean => text.trim() === code;
  return (
    <label className="confirm__typing">
      <span>{t("action.confirmTyping", { code })}</span>
      <Input
        autoFocus
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder={code}
        onChange={({ target }) => allow(isRight(target.value))}
        onPressEnter={({ currentTarget }) => isRight(currentTarget.value) && finish()}
      />
    </label>
  );
}
