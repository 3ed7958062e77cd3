import { Button, Input } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Issue } from "../../api/errors";
import { isRecord } from "../json";
import { useValidator } from "./validator";

type Payload = Record<string, unknown>;

interface RawProps {
  schema: Record<string, unknown>;
  payload: Payload;
  onChange: (payload: Payload) => void;
  onSubmit: (payload: Payload) => void;
  busy: boolean;
  back: () => void;
  /** The button that runs it; it submits the form around it. */
  run: ReactNode;
  issues?: readonly Issue[];
  /** For a button elsewhere that submits it. */
  id?: string;
}

/** The payload as JSON text. It reaches the form whenever it is an object, and runs from here as well. */
export function RawPayload({ schema, payload, onChange, onSubmit, busy, back, run, id, issues = [] }: RawProps) {
  const { t } = useTranslation();
  const validator = useValidator();
  const [text, setText] = useState(() => JSON.stringify(payload, null, 2));
  const [complaints, setComplaints] = useState<string[]>([]);
  const bad = parsed(text) === null;
  const change = (next: string) => {
    const value = parsed(next);
    setText(next);
    setComplaints([]);
    if (value !== null) onChange(value);
  };
  const submit = () => {
    const value = parsed(text);
    if (value === null || busy) return;
    const { errors } = validator.validateFormData(value, schema);
    setComplaints(errors.map(({ property, message }) => `${(property ?? "").replace(/^\./, "")}: ${message ?? ""}`));
    if (errors.length === 0) onSubmit(value);
  };
  const told = [...complaints, ...issues.map(({ path, message }) => `${path}: ${message}`)];
  const shown = bad ? [t("action.badJson")] : told;
  return (
    <form id={id} className="raw-payload" onSubmit={(event) => (event.preventDefault(), submit())}>
      <Input.TextArea
        className="raw-payload__text"
        value={text}
        autoSize={{ minRows: 6, maxRows: 20 }}
        spellCheck={false}
        disabled={busy}
        status={shown.length > 0 ? "error" : undefined}
        aria-label={t("action.rawPayload")}
        onChange={(event) => change(event.target.value)}
      />
      <Complaints texts={shown} />
      <div className="action-panel__foot">
        {run}
        <Button type="text" onClick={back} disabled={bad}>
          {t("action.asForm")}
        </Button>
      </div>
    </form>
  );
}

function Complaints({ texts }: { texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <ul className="complaints" role="alert">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

function parsed(text: string): Payload | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
