import { Alert, Button, Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useCreateToken } from "../../api/tokens";
import type { CreatedToken } from "../../api/types";
import { CopyButton } from "../../components/CopyButton";
import { ErrorNote } from "../../components/ErrorNote";
import { snippet } from "./snippet";

const HOUR = 3600;
const NEVER = 0;

interface Values {
  name: string;
  expires: number;
}

/** First the form, then the token: it is shown here and never again. */
export function CreateToken({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const create = useCreateToken();
  const created = create.data;
  const title = created === undefined ? t("tokens.createTitle") : t("tokens.createdTitle");
  return (
    <Modal open title={title} onCancel={close} footer={null} mask={{ closable: created === undefined }} width={740} destroyOnHidden>
      {created === undefined ? <TokenForm create={create} /> : <TokenOnce token={created} close={close} />}
    </Modal>
  );
}

function TokenForm({ create }: { create: ReturnType<typeof useCreateToken> }) {
  const { t } = useTranslation();
  const options = [
    { value: HOUR, label: t("tokens.expires1h") },
    { value: 24 * HOUR, label: t("tokens.expires1d") },
    { value: 7 * 24 * HOUR, label: t("tokens.expires7d") },
    { value: NEVER, label: t("tokens.expiresNever") },
  ];
  const submit = ({ name, expires }: Values) =>
    create.mutate(expires === NEVER ? { name } : { name, expiresInSeconds: expires });
  return (
    <Form<Values> layout="vertical" requiredMark={false} initialValues={{ expires: 24 * HOUR }} onFinish={submit}>
      <Form.Item name="name" label={t("tokens.name")} rules={[{ required: true, whitespace: true, message: t("tokens.nameMissing") }]}>
        <Input autoFocus maxLength={120} placeholder={t("tokens.namePlaceholder")} />
      </Form.Item>
      <Form.Item name="expires" label={t("tokens.expires")}>
        <Select options={options} />
      </Form.Item>
      {create.error !== null && <ErrorNote error={create.error} />}
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t("tokens.create")}
      </Button>
    </Form>
  );
}

function TokenOnce({ token, close }: { token: CreatedToken; close: () => void }) {
  const { t } = useTranslation();
  const code = snippet(window.location.origin, token.rawToken);
  return (
    <div className="token-once">
      <Alert type="warning" showIcon title={t("tokens.onlyNow")} />
      <div className="token-once__raw">
        <code className="break">{token.rawToken}</code>
        <CopyButton text={token.rawToken} label={t("common.copy")} type="primary" />
      </div>
      <h3 className="panel__sub">{t("tokens.snippetTitle")}</h3>
      <p className="faint">{t("tokens.snippetInstall")}</p>
      <div className="json">
        <pre tabIndex={0}>{code}</pre>
        <span className="json__copy">
          <CopyButton text={code} />
        </span>
      </div>
      <Button onClick={close}>{t("tokens.done")}</Button>
    </div>
  );
}
