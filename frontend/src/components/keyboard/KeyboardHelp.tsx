import { Modal, Switch } from "antd";
import { useTranslation } from "react-i18next";
import "../../styles/palette.css";
import { COMMAND_KEY } from "./commandKey";
import { PLACES } from "./keys";
import { singleKeys, useSingleKeys } from "./singleKeys";

const PLACE_TEXTS = {
  f: "nav.fleet",
  s: "nav.services",
  a: "nav.agents",
  c: "nav.commands",
  r: "nav.runs",
  u: "nav.audit",
  t: "nav.tokens",
} as const satisfies Record<keyof typeof PLACES, string>;

/** Every key that does something. */
export function KeyboardHelp({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const on = useSingleKeys();
  return (
    <Modal open onCancel={close} footer={null} title={t("keys.title")} width={460}>
      <div className="keys">
        <section>
          <h3>{t("keys.everywhere")}</h3>
          <dl>
            <Key keys={[COMMAND_KEY, "K"]} text={t("keys.palette")} />
            <Key keys={["?"]} text={t("keys.help")} />
            <Key keys={["/"]} text={t("keys.search")} />
            <Key keys={["Esc"]} text={t("keys.close")} />
          </dl>
        </section>
        <section>
          <h3>{t("keys.places")}</h3>
          <dl>
            {Object.entries(PLACE_TEXTS).map(([key, text]) => (
              <Key key={key} keys={["g", key]} text={t(text)} />
            ))}
          </dl>
        </section>
        <label className="toolbar__switch">
          <Switch size="small" checked={on} onChange={(next) => singleKeys.set(next)} /> {t("keys.single")}
        </label>
      </div>
    </Modal>
  );
}

function Key({ keys, text }: { keys: string[]; text: string }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </>
  );
}
