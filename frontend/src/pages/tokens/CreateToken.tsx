import { Button, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useCreateToken, type NewToken } from "../../api/tokens";
import type { CreatedToken } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { FormModal } from "../../components/FormModal";
import { useIssues } from "../../components/useIssues";
import { labelsOf } from "./labels";

const HOUR = 3600;
const NEVER = 0;
const MODES = ["embedded", "sidecar", "external", "ophub"];
const MOST_USES = 10_000;
const PATTERN = /^[a-z0-9_*?-]{1,200}$/;
/** As the server names them. */
const FIELDS = ["name", "expiresInSeconds", "maxUses", "codePattern", "mode", "labels"] as const;

interface Values {
  name: string;
  expiresInSeconds: number;
  maxUses: number;
  codePattern?: string;
  mode?: string;
  labels: string[];
}

const FIRST: Partial<Values> = { expiresInSeconds: 24 * HOUR, maxUses: 1, labels: [] };

interface CreateProps {
  made: (token: CreatedToken) => void;
  close: () => void;
}

/** Asks for the terms of a new token. */
export function CreateToken({ made, close }: CreateProps) {
  const { t } = useTranslation();
  const create = useCreateToken();
  const [form] = Form.useForm<Values>();
  const left = useIssues(form, create.error, FIELDS);
  const submit = (values: Values) => create.mutate(asNewToken(values), { onSuccess: made });
  return (
    <FormModal title={t("tokens.createTitle")} close={close} width={620}>
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={FIRST} onFinish={submit} scrollToFirstError={{ focus: true }}>
        <Basics />
        <Limits />
        {left !== null && <ErrorNote error={left} />}
        <Button type="primary" htmlType="submit" loading={create.isPending}>
          {t("tokens.create")}
        </Button>
      </Form>
    </FormModal>
  );
}

function asNewToken({ name, expiresInSeconds, maxUses, codePattern, mode, labels }: Values): NewToken {
  return {
    name,
    maxUses,
    labels: labelsOf(labels) ?? {},
    ...(expiresInSeconds === NEVER ? {} : { expiresInSeconds }),
    ...(codePattern === undefined || codePattern === "" ? {} : { codePattern }),
    ...(mode === undefined ? {} : { mode }),
  };
}

function Basics() {
  const { t } = useTranslation();
  const options = [
    { value: HOUR, label: t("tokens.expires1h") },
    { value: 24 * HOUR, label: t("tokens.expires1d") },
    { value: 7 * 24 * HOUR, label: t("tokens.expires7d") },
    { value: 30 * 24 * HOUR, label: t("tokens.expires30d") },
    { value: NEVER, label: t("tokens.expiresNever") },
  ];
  return (
    <>
      <Form.Item name="name" label={t("tokens.name")} rules={[{ required: true, whitespace: true, message: t("tokens.nameMissing") }]}>
        <Input maxLength={200} placeholder={t("tokens.namePlaceholder")} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="expiresInSeconds" label={t("tokens.expires")}>
          <Select options={options} />
        </Form.Item>
        <Form.Item name="maxUses" label={t("tokens.maxUses")} rules={[{ required: true, type: "integer", min: 1, max: MOST_USES, message: t("tokens.maxUsesBad") }]}>
          <InputNumber className="wide" />
        </Form.Item>
      </div>
    </>
  );
}

/** Which agents may use it, and what they get. */
function Limits() {
  const { t } = useTranslation();
  return (
    <>
      <div className="form-pair">
        <Form.Item name="codePattern" label={t("tokens.codePattern")} extra={t("tokens.codePatternHint")} rules={[{ pattern: PATTERN, message: t("tokens.codePatternBad") }]}>
          <Input placeholder={t("tokens.any")} />
        </Form.Item>
        <Form.Item name="mode" label={t("tokens.mode")} extra={t("tokens.modeHint")}>
          <Select allowClear placeholder={t("tokens.any")} options={MODES.map((value) => ({ value, label: value }))} />
        </Form.Item>
      </div>
      <Form.Item name="labels" label={t("tokens.labels")} extra={t("tokens.labelsHint")} rules={[{ validator: (_, given: string[]) => allLabels(given, t("tokens.labelsBad")) }]}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} placeholder="env=prod" />
      </Form.Item>
    </>
  );
}

function allLabels(given: string[], message: string): Promise<void> {
  return labelsOf(given) === null ? Promise.reject(new Error(message)) : Promise.resolve();
}
