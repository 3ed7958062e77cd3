import { Modal } from "antd";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import "../../styles/palette.css";
import { AgentIcon, PageIcon, PlayIcon, SearchIcon, ServiceIcon } from "../icons";
import type { Target } from "./find";
import { useTargets } from "./useTargets";

const KINDS = {
  page: { Icon: PageIcon, label: "palette.page" },
  service: { Icon: ServiceIcon, label: "palette.service" },
  agent: { Icon: AgentIcon, label: "palette.agent" },
  action: { Icon: PlayIcon, label: "palette.action" },
} as const;

/** Anything of the console by its name: pages, services, agents, actions. */
export function Palette({ close }: { close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open onCancel={close} footer={null} closable={false} width={620} className="palette" title={<span className="unseen">{t("palette.title")}</span>} destroyOnHidden>
      <Finder close={close} />
    </Modal>
  );
}

function Finder({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const list = useId();
  const [text, setText] = useState("");
  const targets = useTargets(text);
  const { active, setActive, move } = useActive(targets, text);
  const open = useOpen(close);
  const keys = (event: KeyboardEvent): void => {
    const target = targets[active];
    if (event.key === "Enter" && target !== undefined) open(target);
    else if (!move(event.key)) return;
    event.preventDefault();
  };
  return (
    <>
      <div className="palette__field">
        <SearchIcon size={18} />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={targets[active] === undefined ? undefined : `${list}-${active}`}
          aria-label={t("palette.placeholder")}
          placeholder={t("palette.placeholder")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={keys}
        />
      </div>
      <Found id={list} targets={targets} active={active} point={setActive} open={open} />
      <p className="palette__hint faint">{t("palette.hint")}</p>
    </>
  );
}

function useOpen(close: () => void): (target: Target) => void {
  const navigate = useNavigate();
  return ({ to }) => {
    close();
    void navigate(to);
  };
}

/** Which of the found is chosen; the first one again for every other text. */
function useActive(targets: Target[], text: string) {
  const [{ index, of }, set] = useState({ index: 0, of: text });
  const active = of === text ? Math.min(index, Math.max(0, targets.length - 1)) : 0;
  const setActive = (next: number): void => set({ index: next, of: text });
  const move = (key: string): boolean => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[key];
    if (step === undefined || targets.length === 0) return false;
    setActive((active + step + targets.length) % targets.length);
    return true;
  };
  return { active, setActive, move };
}

interface FoundProps {
  id: string;
  targets: Target[];
  active: number;
  point: (index: number) => void;
  open: (target: Target) => void;
}

function Found({ id, targets, active, point, open }: FoundProps) {
  const { t } = useTranslation();
  const chosen = useRef<HTMLLIElement>(null);
  useEffect(() => {
    chosen.current?.scrollIntoView({ block: "nearest" });
  }, [active, targets]);
  return (
    <ul id={id} role="listbox" className="palette__list" aria-label={t("palette.title")}>
      {targets.length === 0 && (
        <li role="presentation" className="palette__none faint">
          {t("palette.nothing")}
        </li>
      )}
      {targets.map((target, index) => (
        <li
          key={`${target.kind} ${target.key}`}
          id={`${id}-${index}`}
          ref={index === active ? chosen : undefined}
          role="option"
          aria-selected={index === active}
          className="palette__item"
          onMouseMove={() => point(index)}
          onClick={() => open(target)}
        >
          <Item target={target} />
        </li>
      ))}
    </ul>
  );
}

function Item({ target: { kind, name, more } }: { target: Target }) {
  const { t } = useTranslation();
  const { Icon, label } = KINDS[kind];
  return (
    <>
      <Icon size={16} />
      <span className="palette__name">{name}</span>
      <span className="palette__more faint">{more}</span>
      <span className="palette__kind faint">{t(label)}</span>
    </>
  );
}
