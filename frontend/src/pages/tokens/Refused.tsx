import { useTranslation } from "react-i18next";
import { useLastRefusal } from "../../api/tokens";
import type { RegistrationToken } from "../../api/types";
import { RelativeTime } from "../../components/RelativeTime";
import { StateShape } from "../../components/StateShape";
import type { AuditRow } from "../../wire/frames";

const REASONS = ["agent_revoked", "code_not_allowed", "expired", "mode_not_allowed", "revoked", "used"] as const;

/** Why the last agent that came with the token was not let in, unless one has been since. */
export function Refused({ token }: { token: RegistrationToken }) {
  const { t } = useTranslation();
  const refusal = useLastRefusal(token.id);
  if (refusal === null || (token.usedAt !== null && token.usedAt > refusal.createdAt)) return null;
  return (
    <p className="joining__refused tone-bad" role="status">
      <StateShape look={{ tone: "bad", shape: "alert" }} size={18} />
      <span>
        {t("tokens.refused", { code: refusal.actorName })} <Reason refusal={refusal} />{" "}
        <span className="faint">
          <RelativeTime at={refusal.createdAt} />
        </span>
      </span>
    </p>
  );
}

function Reason({ refusal }: { refusal: AuditRow }) {
  const { t } = useTranslation();
  const known = REASONS.find((reason) => reason === refusal.metadata.reason);
  return known === undefined ? null : t(`tokens.refusedReason.${known}`);
}
