import { generateForm } from "@rjsf/antd";
import { Button } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Issue } from "../../api/errors";
import { PlayIcon } from "../icons";
import { ChoiceWidget } from "./ChoiceWidget";
import { hasInput, uiSchemaOf } from "./formHints";
import { limitsIn } from "./limits";
import { FieldInput, LongInput, SecretInput } from "./inputs";
import { atFields } from "./issues";
import { RawPayload } from "./RawPayload";
import { formSchema } from "./schema";
import { TagsWidget } from "./TagsWidget";
import { useValidator } from "./validator";

type Payload = Record<string, unknown>;

const Form = generateForm<Payload>();
const WIDGETS = { tags: TagsWidget, SelectWidget: ChoiceWidget, PasswordWidget: SecretInput, TextareaWidget: LongInput };
const TEMPLATES = { BaseInputTemplate: FieldInput };

interface FormProps {
  schema: Record<string, unknown>;
  payload: Payload;
  onChange: (payload: Payload) => void;
  onSubmit: (payload: Payload) => Promise<void>;
  busy: boolean;
  danger: boolean;
  /** What the server said of the last payload; each complaint stands at its field. */
  issues?: readonly Issue[];
  /** With it the form has no button of its own: one elsewhere on the page submits it by this id. */
  id?: string;
}

/** A form from a JSON Schema, with the payload as JSON for those who prefer that. */
export function ActionForm({ danger, ...props }: FormProps) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  const { schema, payload, onSubmit, busy, id } = props;
  const submit = (value: Payload) => void onSubmit(value);
  const run = id === undefined ? <RunButton busy={busy} danger={danger} /> : null;
  if (!hasInput(schema)) return <NoInput id={id} run={run} submit={() => submit(payload)} />;
  if (raw) return <RawPayload {...props} onSubmit={submit} back={() => setRaw(false)} run={run} />;
  return (
    <SchemaForm {...props}>
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

const NO_ISSUES: readonly Issue[] = [];

function SchemaForm({ schema, payload, onChange, onSubmit, busy, id, issues = NO_ISSUES, children }: SchemaProps) {
  const { t } = useTranslation();
  const validator = useValidator();
  const shape = useMemo(() => formSchema(schema), [schema]);
  const uiSchema = useMemo(() => uiSchemaOf(shape, limitsIn(t)), [shape, t]);
  const extraErrors = useMemo(() => atFields(issues, shape), [issues, shape]);
  return (
    <Form
      id={id}
      schema={shape}
      uiSchema={uiSchema}
      widgets={WIDGETS}
      templates={TEMPLATES}
      validator={validator}
      formData={payload}
      extraErrors={extraErrors}
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

function NoInput({ id, run, submit }: { id: string | undefined; run: ReactNode; submit: () => void }) {
  const { t } = useTranslation();
  return (
    <form id={id} className="stack" onSubmit={(event) => (event.preventDefault(), submit())}>
      <p className="faint">{t("action.noInput")}</p>
      {run !== null && <div>{run}</div>}
    </form>
  );
}

/** Submits the form around it. */
function RunButton({ busy, danger }: { busy: boolean; danger: boolean }) {
  const { t } = useTranslation();
  return (
    <Button type="primary" htmlType="submit" danger={danger} loading={busy} icon={<PlayIcon size={14} />}>
      {t("action.run")}
    </Button>
  );
}
