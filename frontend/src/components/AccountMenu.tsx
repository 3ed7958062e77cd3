import { Button, Dropdown, type MenuProps } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useLogout, useSession } from "../api/session";
import { currentLanguage, LANGUAGES, type Language } from "../i18n";
import { useLinkStatus } from "../store/hooks";
import { appearance, useThemeChoice, type ThemeChoice } from "../theme";
import { PersonIcon } from "./icons";
import { openOverlay } from "./keyboard/Shortcuts";
import { chooseLanguage, THEMES } from "./preferences";

/** Who is signed in, how the console looks, and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const { data } = useSession();
  const menu = useAccountMenu();
  const name = data?.user.username ?? "";
  return (
    <Dropdown menu={menu} trigger={["click"]} autoFocus placement="bottomRight">
      <Button type="text" icon={<PersonIcon />} aria-label={`${t("nav.account")} ${name}`} className="account">
        <span className="account__name">{name}</span>
      </Button>
    </Dropdown>
  );
}

function useAccountMenu(): MenuProps {
  const { t } = useTranslation();
  const { data } = useSession();
  const { hello } = useLinkStatus();
  const theme = useThemeChoice();
  const logout = useLogout();
  const navigate = useNavigate();
  const user = data?.user;
  const who = user === undefined ? "" : t("nav.signedIn", { name: user.username, role: t(`role.${user.role}`) });
  const version = hello === null ? [] : [{ key: "version", disabled: true, label: t("nav.version", { version: hello.version }) }];
  return {
    selectable: true,
    selectedKeys: [`theme:${theme}`, `language:${currentLanguage()}`],
    onClick: ({ key }) => {
      if (key === "signOut") logout.mutate();
      else if (key === "me") void navigate("/account");
      else if (key === "keys") openOverlay("help");
      else choose(key);
    },
    items: [
      { key: "who", type: "group", label: who },
      { key: "theme", type: "group", label: t("nav.theme"), children: themeItems(t) },
      { key: "language", type: "group", label: t("nav.language"), children: languageItems() },
      { type: "divider" },
      { key: "me", label: t("me.title") },
      { key: "keys", label: t("keys.menu") },
      { key: "signOut", label: t("nav.signOut") },
      ...version,
    ],
  };
}

function themeItems(t: TFunction) {
  return (Object.keys(THEMES) as ThemeChoice[]).map((key) => ({ key: `theme:${key}`, label: t(THEMES[key]) }));
}

function languageItems() {
  return Object.entries(LANGUAGES).map(([key, label]) => ({ key: `language:${key}`, label }));
}

function choose(key: string): void {
  const [what, value] = key.split(":");
  if (what === "theme") appearance.choose(value as ThemeChoice);
  if (what === "language") chooseLanguage(value as Language);
}
