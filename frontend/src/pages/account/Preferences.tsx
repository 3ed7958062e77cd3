import { Segmented, Select } from "antd";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatTime } from "../../components/format";
import { Panel } from "../../components/Panel";
import { chooseLanguage, THEMES } from "../../components/preferences";
import { currentLanguage, LANGUAGES, type Language } from "../../i18n";
import { useTicking } from "../../store/hooks";
import { appearance, useThemeChoice, type ThemeChoice } from "../../theme";
import { allZones, SYSTEM_ZONE, useZone, zone } from "../../zone";

/** How the console looks in this browser; nothing of it is kept on the server. */
export function Preferences() {
  const { t } = useTranslation();
  return (
    <Panel title={t("me.preferences")}>
      <LanguageChoice />
      <ThemeSwitch />
      <ZoneSelect />
      <p className="panel__foot faint">{t("me.preferencesKept")}</p>
    </Panel>
  );
}

function LanguageChoice() {
  const { t } = useTranslation();
  const options = (Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, label: LANGUAGES[value] }));
  return (
    <Preference label={t("nav.language")}>
      <Segmented<Language> className="preference__choice" options={options} value={currentLanguage()} onChange={chooseLanguage} aria-label={t("nav.language")} />
    </Preference>
  );
}

function ThemeSwitch() {
  const { t } = useTranslation();
  const theme = useThemeChoice();
  const options = (Object.keys(THEMES) as ThemeChoice[]).map((value) => ({ value, label: t(THEMES[value]) }));
  return (
    <Preference label={t("nav.theme")}>
      <Segmented<ThemeChoice> className="preference__choice" options={options} value={theme} onChange={(choice) => appearance.choose(choice)} aria-label={t("nav.theme")} />
    </Preference>
  );
}

function ZoneSelect() {
  const { t, i18n } = useTranslation();
  const chosen = useZone();
  const now = useTicking((at) => formatTime(at, i18n.language, chosen));
  const options = useMemo(() => {
    const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    return [{ value: SYSTEM_ZONE, label: t("me.zoneSystem", { zone: own }) }, ...allZones().map((name) => ({ value: name, label: name.replaceAll("_", " ") }))];
  }, [t]);
  return (
    <Preference label={t("me.zone")}>
      <Select showSearch optionFilterProp="label" options={options} value={chosen} onChange={(choice: string) => zone.choose(choice)} aria-label={t("me.zone")} />
      <span className="faint numbers">{now}</span>
    </Preference>
  );
}

function Preference({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="preference">
      <span className="preference__label" aria-hidden="true">
        {label}
      </span>
      {children}
    </div>
  );
}
