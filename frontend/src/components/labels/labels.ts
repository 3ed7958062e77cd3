/** Who a label in force comes from. */
type LabelSource = "operator" | "agent" | "own";

export interface LabelInForce {
  readonly key: string;
  readonly value: string;
  readonly source: LabelSource;
}

/** What the labels of a thing are made of. */
export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly operatorLabels: Readonly<Record<string, string>>;
}

/** The labels in force by key, each with its source; `inherited` are those of the agent of a service. */
export function inForce({ labels, operatorLabels }: Labelled, inherited: Readonly<Record<string, string>> = {}): LabelInForce[] {
  const sourceOf = (key: string, value: string): LabelSource => {
    if (Object.hasOwn(operatorLabels, key)) return "operator";
    return inherited[key] === value ? "agent" : "own";
  };
  return Object.entries(labels)
    .map(([key, value]) => ({ key, value, source: sourceOf(key, value) }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

export const LABEL_LIMITS = { count: 64, key: 63, value: 255 } as const;

export interface Draft {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

export type DraftProblem = "keyMissing" | "keyTwice";

/** What is wrong with each draft; a wholly empty line is not a label yet. */
export function problemsOf(drafts: readonly Draft[]): Map<number, DraftProblem> {
  const seen = new Set<string>();
  const problems = new Map<number, DraftProblem>();
  for (const { id, key, value } of drafts) {
    const name = key.trim();
    if (name === "" && value.trim() !== "") problems.set(id, "keyMissing");
    if (name !== "" && seen.has(name)) problems.set(id, "keyTwice");
    seen.add(name);
  }
  return problems;
}

/** The labels that the drafts stand for. */
export function labelsOf(drafts: readonly Draft[]): Record<string, string> {
  return Object.fromEntries(drafts.filter(({ key }) => key.trim() !== "").map(({ key, value }) => [key.trim(), value.trim()]));
}

export function draftsOf(labels: Readonly<Record<string, string>>): Draft[] {
  return Object.entries(labels).map(([key, value], id) => ({ id, key, value }));
}

export function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
