import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { leastRole, useMay, type Capability } from "../api/session";
import { EmptyState } from "./EmptyState";

/** Shows `children` to whom the role allows it, and to others what they would need. */
export function Needs({ capability, children }: { capability: Capability; children: ReactNode }) {
  return useMay(capability) ? children : <Forbidden capability={capability} />;
}

function Forbidden({ capability }: { capability: Capability }) {
  const { t } = useTranslation();
  const role = t(`role.${leastRole(capability)}`);
  return (
    <EmptyState whole title={t("common.forbidden")} hint={t("common.forbiddenHint", { role })} look={{ tone: "idle", shape: "slash" }}>
      <Link to="/">{t("common.goHome")}</Link>
    </EmptyState>
  );
}
