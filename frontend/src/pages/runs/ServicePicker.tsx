import { Button, Checkbox, Switch } from "antd";
import { memo, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Virtuoso } from "react-virtuoso";
import { MOST_TARGETS } from "../../api/runs";
import { SearchField } from "../../components/FilterBar";
import { PageSkeleton } from "../../components/PageSkeleton";
import { ServiceTag } from "../../components/StatusTag";
import { sameList } from "../../store/derived";
import { useDerived, useReady, useRow, useView } from "../../store/hooks";
import { selectServices } from "../../store/fleetLists";
import type { ViewStore } from "../../store/viewStore";
import type { View } from "../../wire/view";
import { toggled } from "./draft";

const ROW_PX = 44;
const ROWS_SHOWN = 8;
/** Enough of a last row to see that there are more. */
const ROW_CUT = 0.5;

const BY_NAME = { key: "name", descending: false };

interface PickerProps {
  services: readonly string[];
  choose: (services: string[]) => void;
}

/** The fleet to pick from, live. */
export function ServicePicker(props: PickerProps) {
  const store = useView("fleet");
  return useReady(store) ? <Picker store={store} {...props} /> : <PageSkeleton rows={4} />;
}

function Picker({ store, services, choose }: PickerProps & { store: ViewStore }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [onlyChosen, setOnlyChosen] = useState(services.length > 0);
  const chosen = useMemo(() => new Set(services), [services]);
  const found = useDerived(store, useMemo(() => selectServices({ text, groups: [] }, BY_NAME), [text]), sameList);
  const ids = useMemo(() => (onlyChosen ? found.filter((id) => chosen.has(id)) : found), [found, onlyChosen, chosen]);
  const toggle = useCallback((id: string) => choose(toggled(services, id)), [choose, services]);
  const addAll = () => choose([...new Set([...services, ...ids])].slice(0, MOST_TARGETS));
  const height = Math.min(ids.length, ROWS_SHOWN + ROW_CUT) * ROW_PX;
  return (
    <div className="stack">
      <SearchField text={text} placeholder={t("fleet.searchServices")} onChange={setText}>
        <label className="toolbar__switch">
          <Switch size="small" checked={onlyChosen} onChange={setOnlyChosen} /> {t("runs.onlyChosen")}
        </label>
      </SearchField>
      <div className="picker__bar">
        <span className="strong" role="status">
          {t("runs.chosen", { count: services.length })}
        </span>
        {!onlyChosen && ids.length > 0 && (
          <Button size="small" onClick={addAll}>
            {t("runs.chooseAll", { count: ids.length })}
          </Button>
        )}
        {services.length > 0 && (
          <Button size="small" onClick={() => choose([])}>
            {t("runs.chooseNone")}
          </Button>
        )}
      </div>
      <Missing store={store} services={services} choose={choose} />
      {ids.length === 0 ? (
        <p className="note">{t(onlyChosen ? "runs.noneChosen" : "fleet.nothingFound")}</p>
      ) : (
        <div className="picker" role="group" aria-label={t("fleet.services")}>
          <Virtuoso
            style={{ height }}
            data={ids}
            computeItemKey={(_, id) => id}
            fixedItemHeight={ROW_PX}
            itemContent={(_, id) => <PickerRow store={store} id={id} checked={chosen.has(id)} toggle={toggle} />}
          />
        </div>
      )}
    </div>
  );
}

interface RowProps {
  store: ViewStore;
  id: string;
  checked: boolean;
  toggle: (id: string) => void;
}

const PickerRow = memo(function PickerRow({ store, id, checked, toggle }: RowProps) {
  const row = useRow(store, id, "service");
  if (row === undefined) return null;
  return (
    <div className="picker__row">
      <Checkbox checked={checked} onChange={() => toggle(id)}>
        <span className="strong">{row.name}</span> <code className="faint">{row.code}</code>
      </Checkbox>
      <ServiceTag service={row} />
    </div>
  );
});

/** Services that an address names and the fleet does not have: they would make the run impossible. */
function Missing({ store, services, choose }: PickerProps & { store: ViewStore }) {
  const { t } = useTranslation();
  const present = useDerived(store, useMemo(() => (view: View) => services.filter((id) => view.rows.has(id)), [services]), sameList);
  const count = services.length - present.length;
  if (count === 0) return null;
  return (
    <p className="note picker__missing">
      {t("runs.missing", { count })}
      <Button size="small" onClick={() => choose([...present])}>
        {t("runs.takeOut")}
      </Button>
    </p>
  );
}
