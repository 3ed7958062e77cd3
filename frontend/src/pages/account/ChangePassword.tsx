import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/errors";
import { useChangePassword } from "../../api/sessions";
import { ErrorNote } from "../../components/ErrorNote";
import { NewPassword } from "../../components/NewPassword";
import { Panel } from "../../components/Panel";

interface Values {
  currentPassword: string;
  newPassword: string;
}

/** Another password for oneself; it ends every other session. */
export function ChangePassword() {
  const { t } = useTranslation();
  const change = useChangePassword();
  const [form] = Form.useForm<Values>();
  const submit = (values: Values) => change.mutate(values, { onSuccess: () => form.resetFields() });
  return (
    <Panel title={t("me.changePassword")}>
      <p className="faint">{t("me.passwordMeans")}</p>
      <Form<Values> form={form} layout="vertical" requiredMark={false} className="narrow-form" onFinish={submit}>
        <Form.Item name="currentPassword" label={t("me.currentPassword")} rules={[{ required: true, message: t("users.passwordMissing") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <NewPassword name="newPassword" label={t("users.newPassword")} />
        <Outcome change={change} />
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t("me.changePassword")}
        </Button>
      </Form>
    </Panel>
  );
}

function Outcome({ change: { error, isSuccess } }: { change: ReturnType<typeof useChangePassword> }) {
  const { t } = useTranslation();
  if (isSuccess) return <Alert className="consequence" type="success" showIcon role="status" title={t("me.passwordChanged")} />;
  if (error === null) return null;
  if (!isWrongPassword(error)) return <ErrorNote error={error} />;
  return <Alert className="consequence" type="error" showIcon role="alert" title={t("me.wrongPassword")} />;
}

function isWrongPassword(error: Error): boolean {
  return error instanceof ApiError && error.issues.some(({ path }) => path === "currentPassword");
}
