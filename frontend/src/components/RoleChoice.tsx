import { Form, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { Role } from "../api/types";

export const ROLES: readonly Role[] = ["viewer", "operator", "owner"];

/** A role to give away, with what each allows. */
export function RoleField() {
  const { t } = useTranslation();
  return (
    <Form.Item name="role" label={t("users.role")}>
      <Radio.Group className="role-choice">
        {ROLES.map((role) => (
          <Radio key={role} value={role}>
            <span className="two-lines">
              <span className="strong">{t(`role.${role}`)}</span>
              <span className="faint">{t(`users.may.${role}`)}</span>
            </span>
          </Radio>
        ))}
      </Radio.Group>
    </Form.Item>
  );
}
