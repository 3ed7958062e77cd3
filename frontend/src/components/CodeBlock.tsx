import { CopyButton } from "./CopyButton";

/** Lines to copy into a file or a terminal; `name` says which. */
export function CodeBlock({ name, code }: { name: string; code: string }) {
  return (
    <figure className="code">
      <figcaption className="code__name">{name}</figcaption>
      <div className="json">
        <pre tabIndex={0}>{code}</pre>
        <span className="json__copy">
          <CopyButton text={code} />
        </span>
      </div>
    </figure>
  );
}
