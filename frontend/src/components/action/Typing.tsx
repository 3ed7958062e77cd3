import { Input } from "antd";
import { useTranslation } from "react-i18next";

/** Who confirms something dangerous types this first; `allow` is told whether it stands there. */
export function Typing({ code, allow }: { code: string; allow: (ok: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <label className="confirm__typing">
      <span>{t("action.confirmTyping", { code })}</span>
      <Input
        autoFocus
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder={code}
        onChange={(event) => allow(event.target.value.trim() === code)}
      />
    </label>
  );
}
