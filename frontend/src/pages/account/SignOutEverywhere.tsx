import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useSignOutEverywhere } from "../../api/sessions";
import { ErrorNote } from "../../components/ErrorNote";

export function SignOutEverywhere() {
  const { t } = useTranslation();
  const out = useSignOutEverywhere();
  return (
    <>
      <Popconfirm
        title={t("me.everywhereAsk")}
        okText={t("me.everywhere")}
        cancelText={t("common.back")}
        okButtonProps={{ danger: true }}
        placement="bottomRight"
        onConfirm={() => out.mutate()}
      >
        <Button size="small" danger loading={out.isPending}>
          {t("me.everywhere")}
        </Button>
      </Popconfirm>
      {out.error !== null && <ErrorNote error={out.error} />}
    </>
  );
}
