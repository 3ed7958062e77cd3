import { Alert, Button, Form } from "antd";
import { useTranslation } from "react-i18next";
import { useResetPassword, type Person } from "../../api/users";
import { ErrorNote } from "../../components/ErrorNote";
import { FormModal } from "../../components/FormModal";
import { NewPassword } from "../../components/NewPassword";
import { Handover } from "./Handover";

export function ResetPassword({ user, close }: { user: Person; close: () => void }) {
  const { t } = useTranslation();
  const reset = useResetPassword(user.id);
  return (
    <FormModal title={t("users.resetTitle", { name: user.username })} close={close}>
      {reset.isSuccess ? <Handover username={user.username} password={reset.variables} close={close} /> : <PasswordForm reset={reset} />}
    </FormModal>
  );
}

function PasswordForm({ reset }: { reset: ReturnType<typeof useResetPassword> }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ password: string }>();
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={({ password }) => reset.mutate(password)}>
      <Alert className="consequence" type="warning" showIcon title={t("users.resetMeans")} />
      <NewPassword name="password" label={t("users.newPassword")} generate={(password) => form.setFieldValue("password", password)} />
      {reset.error !== null && <ErrorNote error={reset.error} />}
      <Button type="primary" danger htmlType="submit" loading={reset.isPending}>
        {t("users.reset")}
      </Button>
    </Form>
  );
}
