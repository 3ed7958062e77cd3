import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { RelativeTime } from "./RelativeTime";

/** Says that a thing is out of use, since when, and how it comes back. */
export function RetiredNote({ at, text }: { at: string | null; text: string }) {
  const { t } = useTranslation();
  if (at === null) return null;
  const title = (
    <>
      <strong>
        {t("service.retired")} <RelativeTime at={at} />
      </strong>{" "}
      {text}
    </>
  );
  return <Alert type="warning" showIcon title={title} />;
}
