import { App, Button, Segmented, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fetchOutput } from "../../api/output";
import { useApi } from "../../api/session";
import { hasGap, plainText } from "../../store/outputText";
import type { CommandDetailRow } from "../../wire/frames";
import type { OutputEntry } from "../../wire/output";
import { CopyButton } from "../CopyButton";
import { DownIcon } from "../icons";

/** How the output is shown. */
export interface Look {
  readonly wrap: boolean;
  readonly times: boolean;
  /** Null: all streams. */
  readonly stream: string | null;
}

interface ToolsProps {
  command: CommandDetailRow;
  entries: readonly OutputEntry[];
  total: number;
  streams: readonly string[];
  look: Look;
  change: (look: Look) => void;
}

export function OutputTools({ command, entries, total, streams, look, change }: ToolsProps) {
  const { t } = useTranslation();
  return (
    <span className="output__tools">
      <span className="faint">{t("command.outputLines", { count: total })}</span>
      {streams.length > 1 && <StreamChoice streams={streams} look={look} change={change} />}
      <label className="toolbar__switch">
        <Switch size="small" checked={look.wrap} onChange={(wrap) => change({ ...look, wrap })} /> {t("command.wrap")}
      </label>
      <label className="toolbar__switch">
        <Switch size="small" checked={look.times} onChange={(times) => change({ ...look, times })} /> {t("command.times")}
      </label>
      <CopyButton text={() => plainText(entries)} />
      <DownloadButton command={command} entries={entries} />
    </span>
  );
}

function StreamChoice({ streams, look, change }: Pick<ToolsProps, "streams" | "look" | "change">) {
  const { t } = useTranslation();
  const options = [{ value: "", label: t("command.allStreams") }, ...streams.map((stream) => ({ value: stream, label: stream }))];
  return (
    <Segmented<string>
      size="small"
      aria-label={t("command.stream")}
      options={options}
      value={look.stream ?? ""}
      onChange={(stream) => change({ ...look, stream: stream === "" ? null : stream })}
    />
  );
}

/** Keeps the output as a file; where lines are missing here, the server is asked for what it has. */
function DownloadButton({ command, entries }: Pick<ToolsProps, "command" | "entries">) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const download = async (): Promise<void> => {
    setBusy(true);
    try {
      const whole = hasGap(entries) ? (await fetchOutput(api, command.id)).entries : entries;
      save(`${command.serviceCode}-${command.actionName}-${command.id}.txt`, plainText(whole.length > entries.length ? whole : entries));
    } catch {
      void message.error(t("command.downloadFailed"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button type="text" size="small" loading={busy} disabled={entries.length === 0} icon={<DownIcon size={14} />} onClick={() => void download()}>
      {t("command.download")}
    </Button>
  );
}

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
