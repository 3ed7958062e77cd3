import { AutoComplete, Button, Checkbox, Form, Input, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "../../api/errors";
import { ROUTE_STATES, useSaveRoute, type BusRoute, type RouteInput } from "../../api/bus";
import { useMay } from "../../api/session";
import { ErrorNote } from "../../components/ErrorNote";
import { isRecord } from "../../components/json";
import { useIssues } from "../../components/useIssues";
import { useStateText } from "../../i18n/texts";
import { asJson, linesOf, mappingOf, problemOf, type Line } from "./mapping";
import { MappingEditor } from "./MappingEditor";
import { TargetFacts } from "./TargetFacts";
import { useTargets } from "./useTargets";

const EVENT_TYPE = /^[a-z][a-z0-9]*(\.[a-z0-9-]+)+$/;
/** Under which part of the route the server names a fault. */
const FIELDS = ["name", "description", "status", "match", "target", "metadata"] as const;

interface Values {
  name: string;
  description: string;
  status: RouteInput["status"];
  match: string;
  source: string;
  target: string;
  action: string;
  metadata: string;
  allowDangerous: boolean;
}

interface FormProps {
  /** Null for a new one. */
  route: BusRoute | null;
  done: () => void;
}

export function RouteForm({ route, done }: FormProps) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const save = useSaveRoute();
  const [form] = Form.useForm<Values>();
  const [lines, setLines] = useState(() => linesOf(route?.inputMapping ?? {}));
  const [checked, setChecked] = useState(false);
  const left = useIssues(form, withoutMapping(save.error), FIELDS);
  const code = Form.useWatch("target", form);
  const actionName = Form.useWatch("action", form);
  const targets = useTargets(code, actionName);
  const submit = (values: Values) => {
    setChecked(true);
    if (lines.every((line) => problemOf(line, lines) === null)) save.mutate({ id: route?.id ?? null, route: asInput(values, lines) }, { onSuccess: done });
  };
  return (
    <Form<Values>
      form={form}
      layout="vertical"
      requiredMark={false}
      disabled={!mayOperate}
      initialValues={valuesOf(route)}
      onFinish={submit}
      onFinishFailed={() => setChecked(true)}
      scrollToFirstError={{ focus: true }}
    >
      <Names />
      <MatchFields sources={targets.services} />
      <TargetFields services={targets.services} actions={targets.actions} />
      <TargetFacts action={targets.action} />
      <MappingEditor lines={lines} change={setLines} fields={targets.fields} checked={checked} complaints={asApiError(save.error ?? new Error()).issues} disabled={!mayOperate} />
      <Policy />
      {left !== null && <ErrorNote error={left} />}
      {mayOperate && (
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {route === null ? t("bus.create") : t("bus.save")}
        </Button>
      )}
    </Form>
  );
}

function valuesOf(route: BusRoute | null): Values {
  return {
    name: route?.name ?? "",
    description: route?.description ?? "",
    status: route?.status ?? "DRY_RUN",
    match: route?.match.eventType ?? "",
    source: route?.match.sourceServiceCode ?? "",
    target: route?.target.serviceCode ?? "",
    action: route?.target.actionName ?? "",
    metadata: JSON.stringify(route?.metadata ?? {}, null, 2),
    allowDangerous: route?.allowDangerous ?? false,
  };
}

function asInput({ name, description, status, match, source, target, action, metadata, allowDangerous }: Values, lines: Line[]): RouteInput {
  return {
    name,
    status,
    allowDangerous,
    match: { eventType: match, ...(source === "" ? {} : { sourceServiceCode: source }) },
    target: { serviceCode: target, actionName: action },
    inputMapping: mappingOf(lines),
    metadata: asJson(metadata) as Record<string, unknown>,
    ...(description === "" ? {} : { description }),
  };
}

/** What is wrong with the mapping stands at its lines. */
function withoutMapping(error: Error | null): Error | null {
  if (error === null) return null;
  const { issues } = asApiError(error);
  return issues.length > 0 && issues.every(({ path }) => path.startsWith("inputMapping")) ? null : error;
}

function Names() {
  const { t } = useTranslation();
  const text = useStateText();
  return (
    <>
      <Form.Item name="name" label={t("bus.name")} rules={[{ required: true, whitespace: true, message: t("bus.required") }]}>
        <Input autoFocus maxLength={200} />
      </Form.Item>
      <Form.Item name="description" label={t("bus.description")}>
        <Input.TextArea maxLength={2000} autoSize={{ minRows: 1, maxRows: 5 }} />
      </Form.Item>
      <Form.Item name="status" label={t("bus.status")} extra={t("bus.statusHint")}>
        <Radio.Group optionType="button" options={ROUTE_STATES.map((value) => ({ value, label: text("route", value) }))} />
      </Form.Item>
    </>
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

function MatchFields({ sources }: { sources: readonly Choice[] }) {
  const { t } = useTranslation();
  return (
    <div className="form-pair">
      <Form.Item name="match" label={t("bus.eventType")} extra={t("bus.eventTypeHint")} rules={[{ required: true, max: 160, pattern: EVENT_TYPE, message: t("bus.eventTypeBad") }]}>
        <Input placeholder="order.created" />
      </Form.Item>
      <Form.Item name="source" label={t("bus.source")} extra={t("bus.sourceHint")} rules={[{ max: 80 }]}>
        <AutoComplete options={[...sources]} allowClear placeholder={t("bus.anySource")} showSearch={{ filterOption: contains }} />
      </Form.Item>
    </div>
  );
}

function TargetFields({ services, actions }: { services: readonly Choice[]; actions: readonly Choice[] }) {
  const { t } = useTranslation();
  const required = [{ required: true, message: t("bus.required") }];
  return (
    <div className="form-pair">
      <Form.Item name="target" label={t("bus.targetService")} extra={t("bus.targetHint")} rules={[...required, { max: 80 }]}>
        <AutoComplete options={[...services]} showSearch={{ filterOption: contains }} />
      </Form.Item>
      <Form.Item name="action" label={t("bus.targetAction")} rules={[...required, { max: 200 }]}>
        <AutoComplete options={[...actions]} showSearch={{ filterOption: contains }} />
      </Form.Item>
    </div>
  );
}

function contains(text: string, option: Choice | undefined): boolean {
  return `${option?.value} ${option?.label}`.toLowerCase().includes(text.toLowerCase());
}

function Policy() {
  const { t } = useTranslation();
  const isObject = (_: unknown, text: string) => (isRecord(asJson(text)) ? Promise.resolve() : Promise.reject(new Error(t("bus.metadataBad"))));
  return (
    <>
      <Form.Item name="allowDangerous" valuePropName="checked" extra={t("bus.allowDangerousHint")}>
        <Checkbox>{t("bus.allowDangerous")}</Checkbox>
      </Form.Item>
      <Form.Item name="metadata" label={t("bus.metadata")} rules={[{ validator: isObject }]}>
        <Input.TextArea className="code-input" autoSize={{ minRows: 1, maxRows: 8 }} spellCheck={false} />
      </Form.Item>
    </>
  );
}
