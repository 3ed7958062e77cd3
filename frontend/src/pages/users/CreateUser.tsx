import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useCreateUser } from "../../api/users";
import type { Role } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { FormModal } from "../../components/FormModal";
import { NewPassword } from "../../components/NewPassword";
import { RoleField } from "../../components/RoleChoice";
import { Handover } from "./Handover";

interface Values {
  username: string;
  displayName?: string;
  role: Role;
  password: string;
}

/** A new person; afterwards their name and password, to be handed to them. */
export function CreateUser({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const create = useCreateUser();
  const made = create.data;
  const password = create.variables?.password ?? "";
  return (
    <FormModal title={t(made === undefined ? "users.createTitle" : "users.createdTitle")} close={close}>
      {made === undefined ? <UserForm create={create} /> : <Handover username={made.username} password={password} close={close} />}
    </FormModal>
  );
}

function UserForm({ create }: { create: ReturnType<typeof useCreateUser> }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const submit = ({ displayName, ...values }: Values) => create.mutate({ ...values, displayName: displayName?.trim() || null });
  return (
    <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ role: "viewer" }} onFinish={submit}>
      <Form.Item name="username" label={t("users.username")} rules={[{ required: true, whitespace: true, message: t("login.usernameMissing") }]}>
        <Input autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={320} />
      </Form.Item>
      <Form.Item name="displayName" label={t("users.displayName")}>
        <Input maxLength={200} autoComplete="off" />
      </Form.Item>
      <RoleField />
      <NewPassword name="password" label={t("users.password")} generate={(password) => form.setFieldValue("password", password)} />
      {create.error !== null && <ErrorNote error={create.error} />}
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t("users.create")}
      </Button>
    </Form>
  );
}
