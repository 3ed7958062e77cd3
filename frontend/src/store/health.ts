/** What a health report has that its history needs. */
export interface Report {
  readonly id: string;
  readonly status: string;
  readonly message: string | null;
  readonly reportedAt: string;
}

/** A time during which the service said the same of itself. */
export interface Stretch {
  readonly status: string;
  /** The last thing said in it. */
  readonly message: string | null;
  readonly from: string;
  /** When the next one began; null for the present one. */
  readonly until: string | null;
}

/** The changes of status, the newest first, from reports in any order; what is said now counts too. */
export function stretches(history: readonly Report[], now: Report | null): Stretch[] {
  const found: Stretch[] = [];
  for (const report of inOrder(history, now)) {
    const last = found[0];
    if (last?.status === report.status) {
      found[0] = { ...last, message: report.message };
      continue;
    }
    if (last !== undefined) found[0] = { ...last, until: report.reportedAt };
    found.unshift(begun(report));
  }
  return found;
}

function begun({ status, message, reportedAt }: Report): Stretch {
  return { status, message, from: reportedAt, until: null };
}

/** The oldest first, each once; what is said now may say more than when it was stored. */
function inOrder(history: readonly Report[], now: Report | null): Report[] {
  const all = [...new Map(history.map((report) => [report.id, report])).values()];
  return [...all, ...(now === null ? [] : [now])].sort((a, b) => a.reportedAt.localeCompare(b.reportedAt));
}
