import { Brand } from "./AppShell";
import { PageSkeleton } from "./PageSkeleton";

/** The frame before anything is known, so that the page does not jump when it is. */
export function ShellSkeleton() {
  return (
    <div className="shell" aria-busy="true">
      <header className="shell__bar">
        <Brand />
      </header>
      <div className="shell__nav" />
      <main className="shell__main">
        <div className="page">
          <PageSkeleton rows={10} />
        </div>
      </main>
    </div>
  );
}
