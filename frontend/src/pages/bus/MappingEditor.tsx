import { AutoComplete, Button, Input, Select } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Issue } from "../../api/errors";
import { PlusIcon } from "../../components/icons";
import { problemOf, type Line, type LineKind, type LineProblem } from "./mapping";

const PROBLEMS = {
  empty: "bus.lineEmpty",
  twice: "bus.lineTwice",
  json: "bus.lineJson",
  text: "bus.lineText",
} as const satisfies Record<LineProblem, string>;

const MOST_LINES = 32;

interface EditorProps {
  lines: Line[];
  change: (lines: Line[]) => void;
  /** What the action takes, as proposals. */
  fields: readonly string[];
  /** True once somebody tried to save: what is wrong is said from then on. */
  checked: boolean;
  /** What the server said, at `inputMapping.<key>`. */
  complaints: readonly Issue[];
  disabled: boolean;
}

/** Which values of the event become which fields of the action, line by line. */
export function MappingEditor({ lines, change, fields, checked, complaints, disabled }: EditorProps) {
  const { t } = useTranslation();
  const title = useId();
  const whole = complaints.filter(({ path }) => path === "inputMapping");
  return (
    <div className="mapping" role="group" aria-labelledby={title}>
      <span id={title}>{t("bus.mapping")}</span>
      <span className="faint">{t("bus.mappingHint")}</span>
      {lines.map((line, index) => (
        <MappingLine
          key={index}
          line={line}
          number={index + 1}
          fields={fields}
          problem={checked ? problemOf(line, lines) : null}
          complaint={complaints.find(({ path }) => path === `inputMapping.${line.key}`)?.message ?? null}
          disabled={disabled}
          change={(next) => change(lines.map((one, at) => (at === index ? next : one)))}
          remove={() => change(lines.filter((_, at) => at !== index))}
        />
      ))}
      {whole.map(({ message }) => (
        <span key={message} role="alert" className="field-problem">
          {message}
        </span>
      ))}
      {!disabled && lines.length < MOST_LINES && (
        <div>
          <Button size="small" icon={<PlusIcon size={14} />} onClick={() => change([...lines, { key: next(fields, lines), kind: "expression", text: "" }])}>
            {t("bus.addLine")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** The first field that has no line yet. */
function next(fields: readonly string[], lines: readonly Line[]): string {
  return fields.find((field) => lines.every(({ key }) => key !== field)) ?? "";
}

interface LineProps {
  line: Line;
  number: number;
  fields: readonly string[];
  problem: LineProblem | null;
  complaint: string | null;
  disabled: boolean;
  change: (line: Line) => void;
  remove: () => void;
}

function MappingLine({ line, number, fields, problem, complaint, disabled, change, remove }: LineProps) {
  const { t } = useTranslation();
  const id = useId();
  const said = problem === null ? complaint : t(PROBLEMS[problem]);
  const status = said === null ? "" : "error";
  const kinds: { value: LineKind; label: string }[] = [
    { value: "expression", label: t("bus.expression") },
    { value: "constant", label: t("bus.constant") },
  ];
  return (
    <div className="mapping__line">
      <AutoComplete
        value={line.key}
        options={fields.map((value) => ({ value }))}
        status={status}
        disabled={disabled}
        placeholder={t("bus.field")}
        aria-label={t("bus.fieldOf", { number })}
        onChange={(key) => change({ ...line, key })}
      />
      <Select<LineKind> value={line.kind} options={kinds} disabled={disabled} aria-label={t("bus.kindOf", { number })} onChange={(kind) => change({ ...line, kind })} />
      <Input
        className="code-input"
        value={line.text}
        status={status}
        disabled={disabled}
        spellCheck={false}
        placeholder={line.kind === "expression" ? "payload.number" : "42"}
        aria-label={t("bus.valueOf", { number })}
        aria-invalid={said !== null}
        aria-describedby={id}
        onChange={(event) => change({ ...line, text: event.target.value })}
      />
      {!disabled && (
        <Button onClick={remove} aria-label={t("bus.removeLine", { number })}>
          {t("bus.remove")}
        </Button>
      )}
      <span id={id} role="alert" className="field-problem">
        {said}
      </span>
    </div>
  );
}
