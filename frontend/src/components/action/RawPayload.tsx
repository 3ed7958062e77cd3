import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRecord } from "../json";

type Payload = Record<string, unknown>;

interface RawProps {
  payload: Payload;
  onChange: (payload: Payload) => void;
  back: () => void;
}

/** The payload as JSON text. It reaches the form whenever it is an object. */
export function RawPayload({ payload, onChange, back }: RawProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => JSON.stringify(payload, null, 2));
  const bad = parsed(text) === null;
  const change = (next: string) => {
    setText(next);
    const value = parsed(next);
    if (value !== null) onChange(value);
  };
  return (
    <>
      <Input.TextArea
        className="raw-payload"
        value={text}
        autoSize={{ minRows: 6, maxRows: 20 }}
        spellCheck={false}
        status={bad ? "error" : undefined}
        aria-label={t("action.rawPayload")}
        onChange={(event) => change(event.target.value)}
      />
      {bad && <p className="login__failure">{t("action.badJson")}</p>}
      <Button onClick={back} disabled={bad}>
        {t("common.back")}
      </Button>
    </>
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
