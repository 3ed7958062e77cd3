import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useOneTimeKey } from "../../api/actions";
import { useMay, useSession } from "../../api/session";
import { CopyButton } from "../../components/CopyButton";
import { ErrorNote } from "../../components/ErrorNote";
import { KeyIcon } from "../../components/icons";
import { asText } from "../../components/json";
import { Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { useTicking } from "../../store/hooks";
import type { CommandDetailRow } from "../../wire/frames";

const REDACTED = "[REDACTED]";

/** The new credential that a result hands over: to one person, once, for a few minutes. */
export function OneTimeKey({ command }: { command: CommandDetailRow }) {
  const { t } = useTranslation();
  const [key, setKey] = useState<string | null>(null);
  if (key === null && command.result?.data.generatedKey !== REDACTED) return null;
  return (
    <Panel title={t("command.key")}>{key === null ? <Waiting command={command} show={setKey} /> : <Shown value={key} />}</Panel>
  );
}

/** It is kept nowhere but on this page. */
function Shown({ value }: { value: string }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <Alert type="warning" showIcon role="alert" title={t("command.keyShown")} description={t("command.keyShownHint")} />
      <div className="one-time-key">
        <code className="break">{value}</code>
        <CopyButton text={value} label={t("command.keyCopy")} type="primary" />
      </div>
    </div>
  );
}

function Waiting({ command, show }: { command: CommandDetailRow; show: (key: string) => void }) {
  const { t } = useTranslation();
  const mayRead = useMayRead(command);
  const read = useOneTimeKey(command.id);
  const until = command.oneTimeKeyUntil;
  const waits = useTicking((now) => until !== null && now < Date.parse(until));
  if (until === null || !waits) return <p className="faint">{t("command.keyGone")}</p>;
  const take = ({ result }: CommandDetailRow): void => {
    const value = asText(result?.data.generatedKey);
    if (value !== null && value !== REDACTED) show(value);
  };
  return (
    <div className="stack">
      <p>
        {t("command.keyWaits")} {t("command.keyUntil")} <RelativeTime at={until} />
      </p>
      {mayRead ? (
        <div>
          <Button type="primary" icon={<KeyIcon size={14} />} loading={read.isPending} onClick={() => read.mutate(undefined, { onSuccess: take })}>
            {t("command.keyShow")}
          </Button>
        </div>
      ) : (
        <p className="note">{t("command.keyOthers")}</p>
      )}
      {read.error !== null && <ErrorNote error={read.error} />}
    </div>
  );
}

/** Whoever asked for the command, and who may operate. */
function useMayRead({ createdByUserId }: CommandDetailRow): boolean {
  const mayOperate = useMay("operate");
  const id = useSession().data?.user.id;
  return mayOperate || (id !== undefined && id === createdByUserId);
}
