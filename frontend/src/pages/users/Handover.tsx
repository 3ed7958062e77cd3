import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../components/CopyButton";
import { Facts } from "../../components/Panel";

/** What to give to somebody whose password was just set; it is shown here and never again. */
export function Handover({ username, password, close }: { username: string; password: string; close: () => void }) {
  const { t } = useTranslation();
  const facts = [
    { label: t("users.username"), value: <Copied text={username} /> },
    { label: t("users.password"), value: <Copied text={password} /> },
  ];
  return (
    <div className="stack handover">
      <Alert type="warning" showIcon title={t("users.onlyNow")} />
      <Facts facts={facts} />
      <Button onClick={close}>{t("users.done")}</Button>
    </div>
  );
}

function Copied({ text }: { text: string }) {
  return (
    <span>
      <code className="break">{text}</code> <CopyButton text={text} />
    </span>
  );
}
