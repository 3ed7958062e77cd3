import { useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { usePassage } from "../../components/back";
import { Panel } from "../../components/Panel";
import type { ViewStore } from "../../store/viewStore";
import { useShade } from "../../theme";
import { glyphStyle } from "./glyphs";
import { GroupingChoice, useGrouping } from "./GroupingChoice";
import { Legend } from "./Legend";
import { TileMap } from "./tileMap";
import { TileTip, useHold, type Hold, type Tip } from "./TileTip";
import { useMapTexts } from "./useMapTexts";

/** Every service as one tile: where trouble is, and how much of it. */
export function FleetMap({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const [grouping, setGrouping] = useGrouping();
  const shade = useShade();
  // The colours are read anew for each theme.
  const glyphs = useMemo(() => ({ shade, style: glyphStyle() as CSSProperties }), [shade]);
  return (
    <div style={glyphs.style}>
      <Panel title={t("map.title")} extra={<GroupingChoice store={store} grouping={grouping} choose={setGrouping} />}>
        <Tiles store={store} grouping={grouping} />
        <Legend />
      </Panel>
    </div>
  );
}

function Tiles({ store, grouping }: { store: ViewStore; grouping: string }) {
  const { t } = useTranslation();
  const root = useRef<HTMLDivElement>(null);
  const map = useRef<TileMap>(null);
  const shade = useShade();
  const texts = useMapTexts(grouping);
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    if (root.current === null) return;
    map.current = new TileMap(root.current, store, grouping, texts);
    return map.current.start();
    // Tiles are drawn in the colours of the present theme.
  }, [store, grouping, texts, shade]);
  const hold = useHold(setTip);
  const point = usePointing(hold, map);
  return (
    <>
      <div ref={root} className="map" role="group" aria-label={t("map.label")} onClick={useOpening(map)} {...point} />
      <TileTip store={store} tip={tip} hold={hold} />
    </>
  );
}

type MapRef = { readonly current: TileMap | null };

/** Follows links of plain elements within the console; those for a new tab are left to the browser. */
function useOpening(map: MapRef): (event: MouseEvent) => void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const state = usePassage(t("nav.fleet"));
  return (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const to = (link ?? map.current?.linkAt(event.target, event.clientX, event.clientY))?.getAttribute("href");
    if (typeof to !== "string" || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate(to, { state });
  };
}

/** What is pointed at or focused is told beside it, and does not move away meanwhile. */
function usePointing({ show, closeSoon, close }: Hold, map: MapRef) {
  const shown = useRef<HTMLElement>(null);
  const tell = (link: HTMLElement | null) => {
    map.current?.touch();
    if (link === shown.current) return;
    shown.current = link;
    if (link === null) closeSoon();
    else show({ id: link.dataset.id ?? "", at: link.getBoundingClientRect() });
  };
  return {
    onPointerMove: ({ target, clientX, clientY }: PointerEvent) => tell(map.current?.linkAt(target, clientX, clientY) ?? null),
    onFocus: ({ target }: { target: EventTarget }) => {
      if (!(target instanceof HTMLElement) || target.dataset.id === undefined) return;
      map.current?.stop(target.dataset.id);
      if (target.matches(":focus-visible")) tell(target);
    },
    onPointerLeave: () => tell(null),
    onBlur: () => {
      shown.current = null;
      close();
    },
    onKeyDown: (event: KeyboardEvent) => {
      map.current?.touch();
      if (map.current?.key(event) === true) event.preventDefault();
    },
  };
}
