import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { usePublicSettings } from "../api/system";

/** What the server asks for when it has not said yet. */
const USUAL_LENGTH = 12;
const GENERATED_BYTES = 15;

interface PasswordProps {
  name: string;
  label: string;
  /** Takes a made-up one, for somebody else. */
  generate?: (password: string) => void;
}

/** A password to be set, under the server's rules. */
export function NewPassword({ name, label, generate }: PasswordProps) {
  const { t } = useTranslation();
  const least = usePublicSettings().data?.passwordMinLength ?? USUAL_LENGTH;
  const rules = [
    { required: true, message: t("users.passwordMissing") },
    { min: least, message: t("users.passwordShort", { count: least }) },
  ];
  const hint = (
    <span className="password-hint">
      {t("users.passwordRule", { count: least })}
      {generate !== undefined && <GenerateButton take={generate} />}
    </span>
  );
  return (
    <Form.Item name={name} label={label} rules={rules} extra={hint}>
      <Input.Password autoComplete="new-password" />
    </Form.Item>
  );
}

function GenerateButton({ take }: { take: (password: string) => void }) {
  const { t } = useTranslation();
  return (
    <Button type="link" size="small" className="generate" onClick={() => take(generated())}>
      {t("users.generate")}
    </Button>
  );
}

/** Twenty characters from the browser's source of randomness. */
function generated(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GENERATED_BYTES));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
