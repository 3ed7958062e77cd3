import { theme, type ThemeConfig } from "antd";
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";
type Shade = "light" | "dark";

const STORED = "opstage.theme";
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/** The chosen appearance, kept in this browser; `appearance.js` reads it before the first paint. */
class Appearance {
  #choice: ThemeChoice = stored();
  readonly #listeners = new Set<() => void>();

  constructor() {
    DARK.addEventListener("change", () => this.#apply());
  }

  readonly choice = (): ThemeChoice => this.#choice;

  readonly shade = (): Shade => {
    if (this.#choice !== "system") return this.#choice;
    return DARK.matches ? "dark" : "light";
  };

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    localStorage.setItem(STORED, choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.shade();
    this.#listeners.forEach((listener) => listener());
  }
}

export const appearance = new Appearance();

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(appearance.listen, appearance.choice);
}

export function useShade(): Shade {
  return useSyncExternalStore(appearance.listen, appearance.shade);
}

const FONT =
  'Inter, "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", ' +
  '"Noto Sans CJK SC", "Noto Sans SC", "Helvetica Neue", Arial, sans-serif';
const CODE_FONT = 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Noto Sans Mono", monospace';

const COMMON = {
  borderRadius: 8,
  fontFamily: FONT,
  fontFamilyCode: CODE_FONT,
  fontSize: 14,
  wireframe: false,
};

const LIGHT_TOKENS = {
  colorPrimary: "#4a52d6",
  colorInfo: "#2f6fd0",
  colorSuccess: "#16744a",
  colorWarning: "#a86400",
  colorError: "#c62f3b",
  colorTextBase: "#171a24",
  colorText: "#1b1f2a",
  colorTextSecondary: "#4a5163",
  colorTextTertiary: "#646c7e",
  colorTextDescription: "#646c7e",
  colorTextPlaceholder: "#6b7385",
  colorBgBase: "#ffffff",
  colorBgLayout: "#f5f6fa",
  colorLink: "#4a52d6",
  colorSuccessBg: "#e3f4ea",
  colorWarningBg: "#fdf3e0",
  colorWarningBorder: "#efd6a4",
  colorErrorBg: "#fdecee",
  colorErrorBorder: "#f3c2c7",
  colorBorder: "#d5d8e3",
  colorBorderSecondary: "#e5e7ef",
};

const DARK_TOKENS = {
  colorPrimary: "#8189f7",
  colorInfo: "#5b9bf5",
  colorSuccess: "#3fbf7f",
  colorWarning: "#e5a23a",
  colorError: "#ff7a85",
  colorTextBase: "#e8eaf2",
  colorText: "#e3e6ef",
  colorTextSecondary: "#b4bbcb",
  colorTextTertiary: "#949db0",
  colorTextDescription: "#949db0",
  colorTextPlaceholder: "#828b9f",
  colorBgBase: "#12141c",
  colorBgLayout: "#0c0e14",
  colorBgContainer: "#14171f",
  colorBgElevated: "#1b1f2a",
  colorLink: "#a3aaff",
  colorErrorBg: "#2c181c",
  colorErrorBorder: "#5b2a31",
  colorWarningBg: "#2a2112",
  colorWarningBorder: "#57451f",
  colorBorder: "#323747",
  colorBorderSecondary: "#232734",
};

/** Nothing but its border shows an empty field, box or circle: three to one against every ground it stands on. */
const FIELD_BORDER: Record<Shade, string> = { light: "#7f8698", dark: "#717a90" };

const MOTION = window.matchMedia("(prefers-reduced-motion: reduce)");

/** What hovering makes of the accent by itself is too light to be read on white. */
const LIGHT_BUTTON = { defaultHoverColor: "#4a52d6" };

/** On the lighter colours of the dark shade, light letters could not be read. */
const DARK_BUTTON = { primaryColor: "#0c0e14", dangerColor: "#0c0e14" };

/** The Ant Design theme of a shade. */
export function themeOf(shade: Shade): ThemeConfig {
  const dark = shade === "dark";
  const field = { colorBorder: FIELD_BORDER[shade] };
  const fields = { Input: field, InputNumber: field, Select: field, DatePicker: field, Radio: field, Checkbox: field };
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: { ...COMMON, ...(dark ? DARK_TOKENS : LIGHT_TOKENS), motion: !MOTION.matches },
    components: { Button: dark ? DARK_BUTTON : LIGHT_BUTTON, ...fields },
    cssVar: { key: "opstage" },
    hashed: false,
  };
}

function stored(): ThemeChoice {
  const found = localStorage.getItem(STORED);
  return found === "light" || found === "dark" ? found : "system";
}
