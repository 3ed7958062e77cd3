import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { LANGUAGES, rememberLanguage, setLanguage, type Language } from "../i18n";

/** The language can be chosen before anybody is signed in. */
export function LoginPreferences() {
  const { i18n, t } = useTranslation();
  const others = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== i18n.language);
  return (
    <div className="login__languages" role="group" aria-label={t("nav.language")}>
      {others.map((language) => (
        <Button
          key={language}
          type="text"
          lang={language}
          onClick={() => {
            rememberLanguage(language);
            void setLanguage(language);
          }}
        >
          {LANGUAGES[language]}
        </Button>
      ))}
    </div>
  );
}
