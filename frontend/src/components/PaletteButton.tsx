import { useTranslation } from "react-i18next";
import { SearchIcon } from "./icons";
import { COMMAND_KEY } from "./keyboard/commandKey";
import { openOverlay } from "./keyboard/Shortcuts";

/** Opens the palette for those who use no keys, and tells the others which ones. */
export function PaletteButton() {
  const { t } = useTranslation();
  return (
    <button type="button" className="finder" aria-label={`${t("palette.button")} ${COMMAND_KEY} K`} aria-keyshortcuts="Control+K Meta+K" onClick={() => openOverlay("palette")}>
      <SearchIcon size={16} />
      <span className="finder__text">{t("palette.button")}</span>{" "}
      <kbd className="finder__keys" aria-hidden="true">{COMMAND_KEY} K</kbd>
    </button>
  );
}
