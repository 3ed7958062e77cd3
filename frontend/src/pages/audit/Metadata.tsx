import { useTranslation } from "react-i18next";
import { humanise } from "../../components/humanise";
import { isEmpty } from "../../components/json";
import { Facts } from "../../components/Panel";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { PlainValue } from "../../components/ValueList";
import { toldBy, type Change } from "./changes";
import { Named } from "./parties";
import { typeOfId } from "./targets";

/** What an event carries beyond who, what and when; what changed is set side by side. */
export function Metadata({ metadata }: { metadata: Record<string, unknown> }) {
  const { t } = useTranslation();
  const { changes, facts } = toldBy(metadata);
  return (
    <>
      {changes !== null && <h2 className="panel__sub">{t("audit.changes")}</h2>}
      {changes !== null && <Changes changes={changes} />}
      {!isEmpty(facts) && <h2 className="panel__sub">{t("audit.details")}</h2>}
      <Facts facts={Object.entries(facts).map(([key, value]) => ({ label: humanise(key), raw: key, value: <Value value={value} /> }))} />
    </>
  );
}

/** An id leads to what it names. */
function Value({ value }: { value: unknown }) {
  const type = typeOfId(value);
  return type === null ? <PlainValue value={value} /> : <Named type={type} id={String(value)} name={String(value)} />;
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className="faint">{t("audit.unchanged")}</p>;
  const columns: PlainColumn<Change>[] = [
    { key: "key", title: t("audit.field"), cell: ({ key }) => <span title={key}>{humanise(key)}</span> },
    { key: "before", title: t("audit.before"), cell: ({ before }) => <Side value={before} word="del" /> },
    { key: "after", title: t("audit.after"), cell: ({ after }) => <Side value={after} word="ins" /> },
  ];
  return <PlainTable columns={columns} rows={changes} rowKey={({ key }) => key} label={t("audit.changes")} />;
}

/** What is gone is struck through, so that the sides are told apart without their colours. */
function Side({ value, word: Word }: { value: unknown; word: "del" | "ins" }) {
  const { t } = useTranslation();
  if (value === undefined) return <span className="faint">{t("common.none")}</span>;
  return (
    <Word className={`side side--${Word}`}>
      <PlainValue value={value} />
    </Word>
  );
}
