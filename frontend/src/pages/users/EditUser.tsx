import { Alert, Button, Form, Input, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { useChangeUser, type Person, type UserChange, type UserStatus } from "../../api/users";
import type { Role } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { FormModal } from "../../components/FormModal";
import { RoleField } from "../../components/RoleChoice";

interface Values {
  displayName: string;
  role: Role;
  status: UserStatus;
}

/** Name, role and state of a person; what a change means for them is said before it is made. */
export function EditUser({ user, own, close }: { user: Person; own: boolean; close: () => void }) {
  const { t } = useTranslation();
  const change = useChangeUser(user.id);
  const [form] = Form.useForm<Values>();
  const values = Form.useWatch([], form) as Values | undefined;
  const submit = (chosen: Values) => change.mutate(changed(user, chosen), { onSuccess: close });
  return (
    <FormModal title={t("users.changeNamed", { name: user.username })} close={close}>
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ ...user, displayName: user.displayName ?? "" }} onFinish={submit}>
        <Form.Item name="displayName" label={t("users.displayName")}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <RoleField />
        <StatusField />
        <Consequences user={user} own={own} values={values} />
        {change.error !== null && <ErrorNote error={change.error} />}
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t("users.save")}
        </Button>
      </Form>
    </FormModal>
  );
}

function StatusField() {
  const { t } = useTranslation();
  const options = (["ACTIVE", "DISABLED"] as const).map((value) => ({ value, label: t(`state.user.${value}`) }));
  return (
    <Form.Item name="status" label={t("users.state")}>
      <Radio.Group options={options} />
    </Form.Item>
  );
}

function Consequences({ user, own, values }: { user: Person; own: boolean; values: Values | undefined }) {
  const { t } = useTranslation();
  const role = values !== undefined && values.role !== user.role;
  const disabled = values?.status === "DISABLED" && user.status !== "DISABLED";
  if (!role && !disabled) return null;
  const means = t(disabled ? "users.disableMeans" : "users.roleMeans");
  return <Alert className="consequence" type="warning" showIcon title={own ? t("users.ownChange") : means} description={own ? means : undefined} />;
}

/** Only what differs is sent, so that two owners do not undo each other's changes. */
function changed(user: Person, { displayName, role, status }: Values): UserChange {
  const name = displayName.trim() || null;
  return {
    ...(name === user.displayName ? {} : { displayName: name }),
    ...(role === user.role ? {} : { role }),
    ...(status === user.status ? {} : { status }),
  };
}
