import type { View } from "../wire/view";

/** The id of the newest audit event about a thing; empty when the view has none. */
export function newestAbout(targetId: string): (view: View) => string {
  return (view) => {
    let found = "";
    for (const row of view.rows.values()) if (row.kind === "audit" && row.targetId === targetId) found = row.id;
    return found;
  };
}
