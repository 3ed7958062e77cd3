import { isButton } from "../../components/action/catalogue";
import type { RunActionBody } from "../../wire/frames";

/** The actions to choose from, those that most targets have first; the one chosen is always there. */
export function choices(actions: readonly RunActionBody[], chosen: string | null): RunActionBody[] {
  return actions
    .filter(({ name, category }) => name === chosen || isButton(category ?? "other"))
    .sort((a, b) => b.targets - a.targets || a.label.localeCompare(b.label));
}
