import { Drawer } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { useToken } from "../../api/tokens";
import type { RegistrationToken } from "../../api/types";
import { FailureState } from "../../components/EmptyState";
import { isEmpty } from "../../components/json";
import { LabelChips } from "../../components/LabelChips";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Facts } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { ShownOnce } from "../../components/ShownOnce";
import { StatusTag } from "../../components/StatusTag";
import { HowToJoin } from "./HowToJoin";
import { Joining } from "./Joining";
import { Refused } from "./Refused";
import { TokenButtons } from "./TokenTable";
import { UsedBy } from "./UsedBy";

interface DrawerProps {
  id: string;
  /** The token itself, right after it was made and never again. */
  raw: string | null;
  close: () => void;
}

/** One token: how to use it, and who did. It has an address, so that one can leave and come back. */
export function TokenDrawer({ id, raw, close }: DrawerProps) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const token = useToken(id);
  const { data } = token;
  return (
    <Drawer
      open
      size={780}
      title={data?.name ?? t("tokens.one")}
      extra={mayOperate && data !== undefined && <TokenButtons token={data} />}
      onClose={close}
      mask={{ closable: raw === null }}
    >
      {token.isPending && <PageSkeleton />}
      {token.error !== null && <FailureState error={token.error} retry={() => void token.refetch()} />}
      {data !== undefined && token.error === null && <TokenParts token={data} raw={raw} />}
    </Drawer>
  );
}

function TokenParts({ token, raw }: { token: RegistrationToken; raw: string | null }) {
  const { t } = useTranslation();
  return (
    <div className="token">
      {raw !== null && (
        <div className="stack">
          <ShownOnce warning={t("tokens.onlyNow")} secret={raw} />
        </div>
      )}
      <Section title={t("tokens.progress")}>
        <Joining token={token} />
        <Refused token={token} />
      </Section>
      {token.uses > 1 && (
        <Section title={t("tokens.usedBy", { uses: token.uses, of: token.maxUses })}>
          <UsedBy tokenId={token.id} />
        </Section>
      )}
      {token.status === "ACTIVE" && (
        <Section title={t("tokens.how")}>
          <HowToJoin token={token} raw={raw} />
        </Section>
      )}
      <Section title={t("tokens.terms")}>
        <Terms token={token} />
      </Section>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="token__part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Terms({ token }: { token: RegistrationToken }) {
  const { t } = useTranslation();
  const over = token.status === "USED" || token.status === "REVOKED";
  return (
    <Facts
      facts={[
        { label: t("tokens.colStatus"), value: <StatusTag kind="token" state={token.status} /> },
        { label: t("tokens.uses"), value: t("tokens.usesOf", { uses: token.uses, of: token.maxUses }) },
        { label: t("tokens.codePattern"), value: token.codePattern === null ? t("tokens.any") : <code>{token.codePattern}</code> },
        { label: t("tokens.mode"), value: token.mode ?? t("tokens.any") },
        { label: t("tokens.labels"), value: isEmpty(token.labels) ? t("common.none") : <LabelChips labels={token.labels} /> },
        { label: t("tokens.colCreated"), value: <RelativeTime at={token.createdAt} /> },
        { label: t("tokens.colExpires"), value: over ? null : <RelativeTime at={token.expiresAt} /> },
        { label: t("tokens.revokedAt"), value: token.revokedAt === null ? null : <RelativeTime at={token.revokedAt} /> },
      ]}
    />
  );
}
