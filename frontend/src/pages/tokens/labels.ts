const LABEL = /^([^=]{1,63})=(.{0,255})$/;

/** `["env=prod"]` as labels; null when one of them is none. */
export function labelsOf(given: readonly string[]): Record<string, string> | null {
  const found = given.map((text) => LABEL.exec(text.trim()));
  if (found.includes(null)) return null;
  return Object.fromEntries(found.map((match) => [match?.[1] ?? "", match?.[2] ?? ""]));
}
