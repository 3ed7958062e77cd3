import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "../api/session";
import { EmptyState } from "../components/EmptyState";

/** The first thing a new installation shows: nothing yet, and the way to something. */
export function FleetEmpty() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayOperate = useMay("operate");
  return (
    <EmptyState title={t("fleet.noServices")} hint={t("fleet.noServicesHint")} look={{ tone: "info", shape: "dots" }}>
      {mayOperate && (
        <Button type="primary" onClick={() => void navigate("/tokens?create=1")}>
          {t("fleet.addService")}
        </Button>
      )}
    </EmptyState>
  );
}
