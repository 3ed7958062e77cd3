import { Input, Tabs } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistrationToken } from "../../api/types";
import { useParam } from "../../components/address";
import { CodeBlock } from "../../components/CodeBlock";
import {
  codeProblem,
  composeSnippet,
  dockerSnippet,
  imageSnippet,
  isLoopback,
  orPlaceholder,
  pythonSnippet,
  sidecarSnippet,
  suggestedCode,
  type Joiner,
} from "./snippet";

const WAYS = ["python", "sidecar", "container"] as const;
const INSTALL = "pip install ./agent";

/** What to run so that a service joins, with the address of this server and the token filled in. */
export function HowToJoin({ token, raw }: { token: RegistrationToken; raw: string | null }) {
  const { t } = useTranslation();
  const [how, show] = useParam("how");
  const [code, setCode] = useState(() => suggestedCode(token.codePattern));
  const way = WAYS.find((one) => one === how) ?? (token.mode === "sidecar" ? "sidecar" : "python");
  const joiner: Joiner = { url: window.location.origin, token: orPlaceholder(raw), code, mode: token.mode };
  return (
    <div className="stack">
      {raw === null && <p className="note">{t("tokens.rawGone")}</p>}
      <CodeField code={code} pattern={token.codePattern} change={setCode} />
      <Tabs
        activeKey={way}
        onChange={show}
        items={[
          { key: "python", label: "Python", children: <PythonWay joiner={joiner} /> },
          { key: "sidecar", label: t("tokens.sidecar"), children: <SidecarWay joiner={joiner} /> },
          { key: "container", label: t("tokens.container"), children: <ContainerWay joiner={joiner} /> },
        ]}
      />
    </div>
  );
}

function CodeField({ code, pattern, change }: { code: string; pattern: string | null; change: (code: string) => void }) {
  const { t } = useTranslation();
  const id = useId();
  const problem = codeProblem(code, pattern);
  return (
    <div className="token__code">
      <label htmlFor={id}>{t("tokens.serviceCode")}</label>
      <Input
        id={id}
        value={code}
        status={problem === null ? "" : "error"}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onChange={(event) => change(event.target.value)}
      />
      <span id={`${id}-problem`} role="alert" className="field-problem">
        {problem === "malformed" && t("tokens.codeMalformed")}
        {problem === "notAllowed" && t("tokens.codeNotAllowed", { pattern: pattern ?? "" })}
      </span>
    </div>
  );
}

function PythonWay({ joiner }: { joiner: Joiner }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p className="faint">{t("tokens.pythonHint")}</p>
      <CodeBlock name={t("tokens.terminal")} code={INSTALL} />
      <CodeBlock name="app.py" code={pythonSnippet(joiner)} />
    </div>
  );
}

function SidecarWay({ joiner }: { joiner: Joiner }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p className="faint">{t("tokens.sidecarHint")}</p>
      <CodeBlock name={t("tokens.terminal")} code={INSTALL} />
      <CodeBlock name="sidecar.py" code={sidecarSnippet(joiner)} />
    </div>
  );
}

function ContainerWay({ joiner }: { joiner: Joiner }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p className="faint">{t("tokens.containerHint")}</p>
      {isLoopback(joiner.url) && <p className="note">{t("tokens.containerLoopback")}</p>}
      <CodeBlock name="app.py" code={imageSnippet(joiner)} />
      <CodeBlock name={t("tokens.terminal")} code={dockerSnippet(joiner)} />
      <CodeBlock name="compose.yaml" code={composeSnippet(joiner)} />
    </div>
  );
}
