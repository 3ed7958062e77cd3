import { Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useCreateApiKey, type CreatedApiKey } from "../../api/apiKeys";
import type { Role } from "../../api/types";
import { CodeBlock } from "../../components/CodeBlock";
import { ErrorNote } from "../../components/ErrorNote";
import { FormModal } from "../../components/FormModal";
import { RoleField } from "../../components/RoleChoice";
import { ShownOnce } from "../../components/ShownOnce";
import { snippets } from "./snippets";

const DAY = 86_400;
const NEVER = 0;

interface Values {
  name: string;
  role: Role;
  expires: number;
}

/** First the form, then the key: it is shown here and never again. */
export function CreateKey({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const create = useCreateApiKey();
  const made = create.data;
  return (
    <FormModal title={t(made === undefined ? "apiKeys.createTitle" : "apiKeys.createdTitle")} close={close} width={700}>
      {made === undefined ? <KeyForm create={create} /> : <KeyOnce made={made} close={close} />}
    </FormModal>
  );
}

function KeyForm({ create }: { create: ReturnType<typeof useCreateApiKey> }) {
  const { t } = useTranslation();
  const options = [7, 30, 90, 365].map((count) => ({ value: count * DAY, label: t("apiKeys.days", { count }) }));
  const submit = ({ expires, ...key }: Values) => create.mutate(expires === NEVER ? key : { ...key, expiresInSeconds: expires });
  return (
    <Form<Values> layout="vertical" requiredMark={false} initialValues={{ role: "viewer", expires: 90 * DAY }} onFinish={submit}>
      <Form.Item name="name" label={t("apiKeys.name")} rules={[{ required: true, whitespace: true, message: t("apiKeys.nameMissing") }]}>
        <Input maxLength={200} placeholder={t("apiKeys.namePlaceholder")} />
      </Form.Item>
      <RoleField />
      <Form.Item name="expires" label={t("apiKeys.expires")}>
        <Select options={[...options, { value: NEVER, label: t("apiKeys.never") }]} />
      </Form.Item>
      {create.error !== null && <ErrorNote error={create.error} />}
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t("apiKeys.create")}
      </Button>
    </Form>
  );
}

function KeyOnce({ made: { key }, close }: { made: CreatedApiKey; close: () => void }) {
  const { t } = useTranslation();
  const { curl, cli } = snippets(window.location.origin, key);
  return (
    <div className="stack">
      <ShownOnce warning={t("apiKeys.onlyNow")} secret={key} />
      <CodeBlock name={t("apiKeys.withCurl")} code={curl} />
      <CodeBlock name={t("apiKeys.withCli")} code={cli} />
      <Button onClick={close}>{t("users.done")}</Button>
    </div>
  );
}
