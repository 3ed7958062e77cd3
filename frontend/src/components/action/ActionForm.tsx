import { generateForm } from "@rjsf/antd";
import { Button } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PlayIcon } from "../icons";
import { ChoiceWidget } from "./ChoiceWidget";
import { hasInput, uiSchemaOf } from "./formHints";
import { limitsIn } from "./limits";
import { FieldInput } from "./NumberInput";
import { RawPayload } from "./RawPayload";
import { formSchema } from "./schema";
import { TagsWidget } from "./TagsWidget";
import { useValidator } from "./validator";

type Payload = Record<string, unknown>;

const Form = generateForm<Payload>();
const WIDGETS = { tags: TagsWidget, SelectWidget: ChoiceWidget };
const TEMPLATES = { BaseInputTemplate: FieldInput };

interface FormProps {
  schema: Record<string, unknown>;
  payload: Payload;
  onChange: (payload: Payload) => void;
  onSubmit: (payload: Payload) => Promise<void>;
  busy: boolean;
  danger: boolean;
}

/** A form from a JSON Schema, with the payload as JSON for those who prefer that. */
export function ActionForm({ schema, payload, onChange, onSubmit, busy, danger }: FormProps) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  if (!hasInput(schema)) {
    return (
      <>
        <p className="faint">{t("action.noInput")}</p>
        <RunButton busy={busy} danger={danger} run={() => void onSubmit(payload)} />
      </>
    );
  }
  const run = <RunButton busy={busy} danger={danger} />;
  if (raw) {
    const submit = (value: Payload) => void onSubmit(value);
    return <RawPayload schema={schema} payload={payload} onChange={onChange} onSubmit={submit} busy={busy} back={() => setRaw(false)} run={run} />;
  }
  return (
    <SchemaForm schema={schema} payload={payload} onChange={onChange} onSubmit={onSubmit} busy={busy}>
      <div className="action-panel__foot">
        {run}
        <Button type="text" onClick={() => setRaw(true)}>
          {t("action.rawPayload")}
        </Button>
      </div>
    </SchemaForm>
  );
}

/** The complaints stand at their fields; without this the form would write them to the console as well. */
const ignore = (): void => undefined;

interface SchemaProps extends Omit<FormProps, "danger"> {
  children: ReactNode;
}

function SchemaForm({ schema, payload, onChange, onSubmit, busy, children }: SchemaProps) {
  const { t } = useTranslation();
  const validator = useValidator();
  const shape = useMemo(() => formSchema(schema), [schema]);
  const uiSchema = useMemo(() => uiSchemaOf(shape, limitsIn(t)), [shape, t]);
  return (
    <Form
      schema={shape}
      uiSchema={uiSchema}
      widgets={WIDGETS}
      templates={TEMPLATES}
      validator={validator}
      formData={payload}
      disabled={busy}
      showErrorList={false}
      noHtml5Validate
      focusOnFirstError
      // Without a field it is the form filling in defaults, and not the person.
      onChange={({ formData }, field) => field !== undefined && onChange(formData ?? {})}
      onError={ignore}
      onSubmit={({ formData }) => void onSubmit(formData ?? {})}
    >
      {children}
    </Form>
  );
}

/** Without `run` it submits the form around it. */
function RunButton({ busy, danger, run }: { busy: boolean; danger: boolean; run?: () => void }) {
  const { t } = useTranslation();
  const htmlType = run === undefined ? "submit" : "button";
  return (
    <Button type="primary" htmlType={htmlType} danger={danger} loading={busy} icon={<PlayIcon size={14} />} onClick={run}>
      {t("action.run")}
    </Button>
  );
}
