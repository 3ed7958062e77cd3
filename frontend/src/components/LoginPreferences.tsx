import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language } from "../i18n";
import { chooseLanguage } from "./preferences";

/** The language can be chosen before anybody is signed in. */
export function LoginPreferences() {
  const { i18n, t } = useTranslation();
  const others = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== i18n.language);
  return (
    <div role="group" aria-label={t("nav.language")}>
      {others.map((language) => (
        <Button
          key={language}
          type="text"
          lang={language}
          onClick={() => chooseLanguage(language)}
        >
          {LANGUAGES[language]}
        </Button>
      ))}
    </div>
  );
}
