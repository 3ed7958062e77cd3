import { useTranslation } from "react-i18next";
import { programOf } from "./userAgent";

/** A user agent in a few words. */
export function useProgramText(): (userAgent: string) => string {
  const { t } = useTranslation();
  return (userAgent) => {
    const { name, system } = programOf(userAgent);
    return system === null ? name : t("common.programOn", { name, system });
  };
}
