import { rememberLanguage, setLanguage, type Language } from "../i18n";

/** How the console can look, each with its text. */
export const THEMES = { system: "nav.themeSystem", light: "nav.themeLight", dark: "nav.themeDark" } as const;

export function chooseLanguage(language: Language): void {
  rememberLanguage(language);
  void setLanguage(language);
}
