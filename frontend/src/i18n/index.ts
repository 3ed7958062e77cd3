import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en";

export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;
const STORED = "opstage.language";

/** Texts of the other languages are fetched when they are asked for. */
const LOADERS: Record<Exclude<Language, "en">, () => Promise<{ default: typeof en }>> = {
  "zh-CN": () => import("./zh-CN"),
};

/** Sets up the texts in the language the person chose, or else the browser's. */
export async function initLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await setLanguage(preferred());
}

export async function setLanguage(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await LOADERS[language]()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
}

export function currentLanguage(): Language {
  return asLanguage(i18next.language) ?? "en";
}

function preferred(): Language {
  const wanted = [localStorage.getItem(STORED) ?? "", ...navigator.languages];
  return wanted.map(asLanguage).find((language) => language !== null) ?? "en";
}

function asLanguage(tag: string): Language | null {
  if (tag.toLowerCase().startsWith("zh")) return "zh-CN";
  return tag.toLowerCase().startsWith("en") ? "en" : null;
}
