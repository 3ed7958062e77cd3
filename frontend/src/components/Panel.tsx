import type { ReactNode } from "react";

/** A titled part of a page. */
export function Panel({ title, extra, children, flush = false }: { title: string; extra?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="panel">
      <header className="panel__head">
        <h2>{title}</h2>
        {extra}
      </header>
      <div className={flush ? "panel__body panel__body--flush" : "panel__body"}>{children}</div>
    </section>
  );
}

interface Fact {
  readonly label: string;
  readonly value: ReactNode;
  /** The key behind a label that was made from it. */
  readonly raw?: string;
}

/** Names and values; those without a value are left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  const shown = facts.filter(({ value }) => value !== null && value !== undefined && value !== "");
  return (
    <dl className="facts">
      {shown.map(({ label, value, raw }) => (
        <div key={raw ?? label} className="facts__row">
          <dt title={raw}>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
