/** Maps of a convolution's units, a page at a time, the chosen one enlarged. */
import { useSignal, type Signal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Palette } from '../chart/colour_palette';
import type { ColourTables } from '../chart/colour_scale';
import type { Picture } from '../chart/heatmap_picture';
import { mapHit, mapsLayout, type MapHit, type MapsLayout, type Space } from '../chart/maps_layout';
import { paintMapHover, paintMaps, type MapSurfaces } from '../chart/maps_paint';
import type { Clones } from '../chart/unit_clones';
import { Canvas, type Paint } from '../ui/canvas';
import type { ActivationFrame } from './activation_frame';
import { CellTip, unitName } from './cell_tip';
import { Pager } from './pager';
import { newSurface } from './surface';
import { Tip, type Place } from './tip';

export interface MapsFigureProps {
  readonly frame: ActivationFrame;
  readonly space: Space;
  /** At full resolution. */
  readonly picture: Picture;
  readonly tables: ColourTables;
  readonly palette: Palette;
  readonly order: ArrayLike<number>;
  readonly clones: Clones | null;
  readonly masked: boolean;
  readonly unit: number | null;
  readonly onUnit: (unit: number | null) => void;
  readonly label: string;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

type Hover = Place & MapHit;

export function MapsFigure(props: MapsFigureProps): JSX.Element {
  const { space, order, unit, label, keep } = props;
  const [width, setWidth] = useState(0);
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const layout = useMemo(
    () => mapsLayout(width, order.length, space, unit !== null),
    [width, order, space, unit !== null],
  );
  const [first, setFirst] = usePage(order, unit);
  const page = Math.min(Math.floor(first / layout.perPage), lastPage(order, layout));
  const units = useMemo(
    () =>
      Array.prototype.slice.call(
        order,
        page * layout.perPage,
        (page + 1) * layout.perPage,
      ) as number[],
    [order, page, layout.perPage],
  );
  const hover = useSignal<Hover | null>(null);
  const paint = usePaint(props, layout, units);
  return (
    <>
      <div class="figure">
        <Canvas
          height={layout.height}
          paint={paint}
          label={label}
          canvas={canvas}
          onSize={(size) => setWidth(size.width)}
          attributes={useGestures(props, layout, units, hover)}
        />
        <Overlay layout={layout} space={space} hover={hover} />
        <MapTip {...props} layout={layout} units={units} hover={hover} width={width} />
      </div>
      {order.length > layout.perPage && (
        <Pager
          page={page}
          perPage={layout.perPage}
          count={order.length}
          onPage={(to) => setFirst(to * layout.perPage)}
        />
      )}
    </>
  );
}

/** The place of the first unit in view: where somebody turned to, or where the chosen unit is. */
function usePage(
  order: ArrayLike<number>,
  unit: number | null,
): readonly [number, (first: number) => void] {
  const [first, setFirst] = useState(0);
  useEffect(() => {
    const place = unit === null ? -1 : Array.prototype.indexOf.call(order, unit);
    if (place >= 0) setFirst(place);
  }, [order, unit]);
  return [first, setFirst];
}

function lastPage(order: ArrayLike<number>, { perPage }: MapsLayout): number {
  return Math.max(0, Math.ceil(order.length / perPage) - 1);
}

function usePaint(props: MapsFigureProps, layout: MapsLayout, units: readonly number[]): Paint {
  const { frame, space, picture, tables, palette, masked, unit } = props;
  const surfaces = useRef<MapSurfaces | null>(null);
  return useCallback<Paint>(
    (context, _, ink) => {
      surfaces.current ??= { grid: newSurface(), detail: newSurface(), marks: newSurface() };
      const { health, names } = frame;
      const look = { picture, space, tables, palette, masked };
      paintMaps(context, { layout, units, unit, health, names, ...look }, surfaces.current, ink);
    },
    [layout, units, frame, space, picture, tables, palette, masked, unit],
  );
}

function useGestures(
  { space, order, unit, onUnit }: MapsFigureProps,
  layout: MapsLayout,
  units: readonly number[],
  hover: Signal<Hover | null>,
): CanvasHTMLAttributes<HTMLCanvasElement> {
  const under = (x: number, y: number): Hover | null => {
    const found = mapHit(layout, space, x, y);
    return found && (found.place ?? 0) < units.length ? { x, y, ...found } : null;
  };
  return {
    tabIndex: 0,
    onPointerMove: ({ offsetX, offsetY }) => (hover.value = under(offsetX, offsetY)),
    onPointerLeave: () => (hover.value = null),
    onClick: ({ offsetX, offsetY }) => {
      const place = under(offsetX, offsetY)?.place ?? null;
      if (place !== null) onUnit(units[place] === unit ? null : units[place]);
    },
    onKeyDown: (event) => {
      const by = MOVES[event.key]?.(layout.columns);
      if (by === undefined || unit === null || event.ctrlKey || event.metaKey || event.altKey)
        return;
      event.preventDefault();
      const to = Array.prototype.indexOf.call(order, unit) + by;
      if (to >= 0 && to < order.length) onUnit(order[to]);
    },
  };
}

const MOVES: Readonly<Record<string, ((columns: number) => number) | undefined>> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
};

interface HoverProps {
  readonly layout: MapsLayout;
  readonly space: Space;
  readonly hover: Signal<Hover | null>;
}

/** A canvas of its own above the maps, so that the pointer never repaints them. */
function Overlay({ layout, space, hover }: HoverProps): JSX.Element {
  const at = hover.value;
  const paint = useCallback<Paint>(
    (context, _, ink) => {
      if (at) paintMapHover(context, layout, space, at, ink);
    },
    [layout, space, at],
  );
  return (
    <div class="overlay" aria-hidden="true">
      <Canvas height={layout.height} paint={paint} label="" />
    </div>
  );
}

function MapTip({
  frame,
  space,
  picture,
  clones,
  unit,
  units,
  hover,
  width,
}: MapsFigureProps & HoverProps & { readonly units: readonly number[]; readonly width: number }) {
  const at = hover.value;
  const of = at && (at.place === null ? unit : units[at.place]);
  if (!at || of === null) return null;
  return (
    <Tip at={at} middle={width / 2}>
      {at.cell ? (
        <CellTip
          {...{ frame, picture, clones }}
          order={[of]}
          hit={{ step: at.cell.row * space[1] + at.cell.column, row: 0 }}
        />
      ) : (
        <strong>{unitName(frame, of)}</strong>
      )}
    </Tip>
  );
}
