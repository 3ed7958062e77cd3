import { MOST_TARGETS } from "../../api/runs";

/**
 * Where a run on the chosen services is prepared. When they are all that a selector gives, it goes by
 * the selector, which knows no limit of an address. Null: more than a run takes.
 */
export function runAddress(chosen: readonly string[], all: readonly string[], selector: string): string | null {
  if (chosen.length > MOST_TARGETS) return null;
  const whole = selector !== "" && chosen.length === all.length;
  return whole ? `/runs/new?${new URLSearchParams({ selector })}` : `/runs/new?services=${chosen.join(",")}`;
}
