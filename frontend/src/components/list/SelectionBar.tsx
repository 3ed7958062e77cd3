import { Button } from "antd";
import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { MOST_TARGETS } from "../../api/runs";
import { rowsOf, sameList } from "../../store/derived";
import { useSummary } from "../../store/hooks";
import type { Selection } from "../../store/selection";
import type { ViewStore } from "../../store/viewStore";
import type { View } from "../../wire/view";
import { runAddress } from "./runAddress";

interface BarProps {
  store: ViewStore;
  selection: Selection;
  selector: string;
  /** The rows that the list shows now. */
  ids: readonly string[];
}

const allServices = (view: View): string[] => rowsOf(view, "service").map(({ id }) => id);

/** How many services are chosen, and what can be done with them; nothing while none is. */
export function SelectionBar(props: BarProps) {
  const chosen = useSyncExternalStore(props.selection.listen, props.selection.ids);
  return chosen.size === 0 ? null : <Chosen {...props} chosen={chosen} />;
}

function Chosen({ store, selection, selector, ids, chosen }: BarProps & { chosen: ReadonlySet<string> }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const all = useSummary(store, allServices, sameList);
  const present = useMemo(() => all.filter((id) => chosen.has(id)), [all, chosen]);
  const hidden = useMemo(() => present.length - ids.filter((id) => chosen.has(id)).length, [present, ids, chosen]);
  if (present.length === 0) return null;
  const address = runAddress(present, all, selector);
  return (
    <div className="selection-bar" role="region" aria-label={t("list.selection")}>
      <span className="strong" role="status">
        {t("list.selected", { count: present.length })}
      </span>
      {hidden > 0 && <span className="faint">{t("list.selectedHidden", { count: hidden })}</span>}
      {address === null && <span className="faint">{t("list.tooMany", { most: MOST_TARGETS })}</span>}
      <span className="selection-bar__buttons">
        <Button type="primary" disabled={address === null} onClick={() => void navigate(address ?? "")}>
          {t("list.runMany")}
        </Button>
        <Button onClick={() => selection.clear()}>{t("list.selectNone")}</Button>
      </span>
    </div>
  );
}
