import type { TFunction } from "i18next";
import { asNumber } from "../json";

/** Tells the range of a number in words; null when the schema sets none. */
export type Limits = (property: Record<string, unknown>) => string | null;

export function limitsIn(t: TFunction): Limits {
  return (property) => {
    const minimum = asNumber(property.minimum);
    const maximum = asNumber(property.maximum);
    if (minimum !== null && maximum !== null) return t("validation.range", { minimum, maximum });
    return bound(t, property, "minimum", "exclusiveMinimum") ?? bound(t, property, "maximum", "exclusiveMaximum");
  };
}

type Bound = "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum";

function bound(t: TFunction, property: Record<string, unknown>, ...keywords: Bound[]): string | null {
  const keyword = keywords.find((one) => asNumber(property[one]) !== null);
  return keyword === undefined ? null : t(`validation.${keyword}`, { limit: String(property[keyword]) });
}
