import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useVerification, type Finding, type Verification as Found } from "../../api/audit";
import { CopyButton } from "../../components/CopyButton";
import { ErrorNote } from "../../components/ErrorNote";
import { RelativeTime } from "../../components/RelativeTime";
import { useAuditText } from "../../i18n/texts";
import { useEventAddress } from "./useAuditFilter";

/** Asks whether anybody touched the trail. */
export function VerifyButton() {
  const { t } = useTranslation();
  const { isFetching, refetch } = useVerification();
  return (
    <Button loading={isFetching} onClick={() => void refetch()}>
      {t("audit.verify")}
    </Button>
  );
}

/** What came of it when it was last asked. */
export function Verification() {
  const { data, error } = useVerification();
  if (error !== null) return <ErrorNote error={error} />;
  return data === undefined ? null : <Outcome found={data} />;
}

function Outcome({ found }: { found: Found }) {
  const { t } = useTranslation();
  const count = found.ok ? found.events : found.findingsTotal;
  const title = found.ok ? t("audit.whole", { count }) : t("audit.notWhole", { count });
  return <Alert type={found.ok ? "success" : "error"} showIcon role="status" title={<Proof title={title} found={found} />} />;
}

function Proof({ title, found }: { title: string; found: Found }) {
  const { t } = useTranslation();
  return (
    <div className="verification">
      <span>
        <strong>{title}</strong>{" "}
        <span className="faint">
          {t("audit.verified")} <RelativeTime at={found.at} />
        </span>
      </span>
      <span className="break">
        {t("audit.head", { sequence: found.headSequence })} <code>{found.headHash}</code>
        <CopyButton text={found.headHash} />
      </span>
      {found.prunedUpTo > 0 && <span>{t("audit.prunedUpTo", { sequence: found.prunedUpTo })}</span>}
      {found.findings.length > 0 && (
        <ul className="verification__findings">
          {found.findings.map((finding) => (
            <li key={`${finding.kind} ${finding.sequence} ${finding.eventId} ${finding.text}`}>
              <FindingLine finding={finding} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function FindingLine({ finding: { kind, text, eventId } }: { finding: Finding }) {
  const { t } = useTranslation();
  const words = useAuditText();
  const address = useEventAddress();
  return (
    <>
      <strong>{words.finding(kind)}</strong> {text} {eventId !== null && <Link to={address(eventId)}>{t("audit.open")}</Link>}
    </>
  );
}
