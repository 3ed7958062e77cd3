import { memo, useMemo, useState, type FocusEvent, type KeyboardEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage, type Passage } from "../../components/back";
import { StateShape } from "../../components/StateShape";
import { StatusTag } from "../../components/StatusTag";
import { lookOf } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import { sameList } from "../../store/derived";
import { useDerived, useRow } from "../../store/hooks";
import { selectTargets } from "../../store/runs";
import type { ViewStore } from "../../store/viewStore";
import type { RunTargetRow } from "../../wire/frames";
import { TargetProblem } from "./TargetProblem";

const ALL = { text: "", groups: [] };
const allTargets = selectTargets(ALL);

/** Every target at once: a cell each, by colour and shape; the one pointed at is told in words below. */
export function Matrix({ store }: { store: ViewStore }) {
  const [told, setTold] = useState<string | null>(null);
  return (
    <div className="matrix">
      <Cells store={store} tell={setTold} />
      <Told store={store} id={told} />
    </div>
  );
}

/** Apart from what is told, so that pointing about draws no cell. */
const Cells = memo(function Cells({ store, tell }: { store: ViewStore; tell: (id: string | null) => void }) {
  const { t } = useTranslation();
  const ids = useDerived(store, allTargets, sameList);
  const passage = useSteady(usePassage(t("runs.thisRun")));
  const [entry, setEntry] = useState<string | null>(null);
  const point = ({ target }: FocusEvent | MouseEvent) => tell(cellOf(target)?.id ?? null);
  const focus = (event: FocusEvent) => (point(event), setEntry(cellOf(event.target)?.id ?? null));
  const first = entry !== null && ids.includes(entry) ? entry : ids[0];
  return (
    <div className="matrix__cells" role="group" aria-label={t("runs.matrix")} onKeyDown={move} onFocus={focus} onMouseOver={point}>
      {ids.map((id) => (
        <Cell key={id} store={store} id={id} tabStop={id === first} passage={passage} />
      ))}
    </div>
  );
});

/** The same object while it says the same, so that no cell is drawn for nothing. */
function useSteady({ back }: Passage): Passage {
  return useMemo(() => ({ back: back === undefined ? undefined : { to: back.to, label: back.label } }), [back?.to, back?.label]);
}

interface CellProps {
  store: ViewStore;
  id: string;
  /** The one cell that Tab reaches; arrows lead to the others. */
  tabStop: boolean;
  passage: Passage;
}

const Cell = memo(function Cell({ store, id, tabStop, passage }: CellProps) {
  const text = useStateText();
  const row = useRow(store, id, "runTarget");
  if (row === undefined) return null;
  const look = lookOf("target", row.status);
  const name = `${row.serviceName}: ${text("target", row.status)}`;
  return (
    <Link id={id} className={`matrix__cell matrix__cell--${row.status} tone-${look.tone}`} to={placeOf(row)} state={passage} tabIndex={tabStop ? 0 : -1} aria-label={name}>
      <StateShape look={look} size={14} />
    </Link>
  );
});

/** The command of a target; without one there is only the service to look at. */
export function placeOf({ commandId, serviceId }: RunTargetRow): string {
  return commandId === null ? `/services/${serviceId}` : `/commands/${commandId}`;
}

function Told({ store, id }: { store: ViewStore; id: string | null }) {
  const { t } = useTranslation();
  const row = useRow(store, id ?? "", "runTarget");
  if (row === undefined) return <p className="matrix__told faint">{t("runs.matrixHint")}</p>;
  return (
    <p className="matrix__told">
      <StatusTag kind="target" state={row.status} key={row.id} />
      <span className="strong">{row.serviceName}</span>
      <code className="faint">{row.serviceCode}</code>
      <TargetProblem target={row} />
    </p>
  );
}

function cellOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".matrix__cell") : null;
}

/** Left and right to the neighbours, Home and End to the ends. */
function move(event: KeyboardEvent<HTMLElement>): void {
  const cell = cellOf(event.target);
  const next = cell === null ? null : neighbour(cell, event.key);
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}

function neighbour(cell: HTMLElement, key: string): Element | null {
  if (key === "ArrowRight") return cell.nextElementSibling;
  if (key === "ArrowLeft") return cell.previousElementSibling;
  if (key === "Home") return cell.parentElement?.firstElementChild ?? null;
  if (key === "End") return cell.parentElement?.lastElementChild ?? null;
  if (key === "ArrowDown") return below(cell, 1);
  return key === "ArrowUp" ? below(cell, -1) : null;
}

/** The cell in the row below or above that stands at the same place. */
function below(cell: HTMLElement, direction: 1 | -1): Element | null {
  const cells = [...(cell.parentElement?.children ?? [])] as HTMLElement[];
  const column = cell.offsetLeft;
  const found = cells.filter((other) => other.offsetLeft === column && Math.sign(other.offsetTop - cell.offsetTop) === direction);
  return (direction === 1 ? found[0] : found.at(-1)) ?? null;
}
