import { useMemo, type ReactNode } from "react";
import { CopyButton } from "./CopyButton";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Colouring costs elements; beyond this the text stays plain. */
const COLOURED_CHARACTERS = 60_000;

/** Any JSON value as it is, indented, to read and to copy. */
export function JsonView({ value }: { value: unknown }) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "", [value]);
  const parts = useMemo(() => (text.length > COLOURED_CHARACTERS ? text : coloured(text)), [text]);
  return (
    <div className="json">
      <pre tabIndex={0}>{parts}</pre>
      <span className="json__copy">
        <CopyButton text={text} />
      </span>
    </div>
  );
}

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let done = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(done, match.index), <Token key={match.index} match={match} />);
    done = match.index + match[0].length;
  }
  parts.push(text.slice(done));
  return parts;
}

function Token({ match: [whole, string, colon, word] }: { match: RegExpExecArray }) {
  if (string === undefined) return <span className={word === undefined ? "json__number" : "json__word"}>{whole}</span>;
  if (colon === undefined) return <span className="json__string">{string}</span>;
  return (
    <>
      <span className="json__key">{string}</span>
      {colon}
    </>
  );
}
