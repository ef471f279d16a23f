/** The activations figure: input lanes, heatmap with its health strip, time, the chosen unit. */
import type { Signal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { integerTicks, type Tick } from '../chart/axis';
import { clockTicks } from '../chart/axis_clock';
import { css } from '../chart/colour';
import { NAN, POSITIVE_INFINITY, type Palette } from '../chart/colour_palette';
import type { Heatmap } from '../chart/heatmap';
import { figureLayout, type FigureLayout, type Hit } from '../chart/heatmap_layout';
import { paintOverlay } from '../chart/heatmap_overlay';
import { paintMap, type Surfaces } from '../chart/heatmap_paint';
import type { Window } from '../chart/heatmap_window';
import { columnsOf, type Picture } from '../chart/heatmap_picture';
import { cloneSpans, type Clones } from '../chart/unit_clones';
import { paintDetail, paintLane, type LaneMark } from '../chart/lane';
import { Canvas, type Paint, type Size } from '../ui/canvas';
import { unitSeries, type ActivationFrame } from './activation_frame';
import { newSurface } from './surface';
import { Tip } from './tip';
import { useGestures } from './window_gestures';

/** Where the pointer is, shared by figures that are looked at together. */
export interface Hover extends Hit {
  /** The figure under the pointer, and the place in it. */
  readonly figure: number;
  readonly x: number;
  readonly y: number;
}

export interface HeatmapFigureProps {
  /** The place among the figures shown together. */
  readonly figure: number;
  readonly frame: ActivationFrame;
  readonly map: Heatmap;
  readonly palette: Palette;
  readonly signs: ArrayLike<number> | null;
  /** Null until it is known, and where there are none. */
  readonly clones: Clones | null;
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
  readonly unit: number | null;
  readonly onUnit: (unit: number | null) => void;
  readonly hover: Signal<Hover | null>;
  readonly onIdleWheel: () => void;
  /** Time of day instead of timesteps below the map. */
  readonly clock: boolean;
  readonly label: string;
  readonly canvas?: RefObject<HTMLCanvasElement>;
  /** What is said of the cell under the pointer. */
  readonly tip: (hit: Hit) => JSX.Element | null;
}

const AXIS_NAMES = { time: 'timestep', example: 'example', space: 'row' } as const;
/** CSS pixels that a tick needs: "4,000", and "Mon" or "06:00". */
const TICK_WIDTH = { step: 70, clock: 46 } as const;

export function HeatmapFigure(props: HeatmapFigureProps): JSX.Element {
  const { frame, map, unit } = props;
  const [width, setWidth] = useState(0);
  const layout = useMemo(
    () => figureLayout(width, frame.units, frame.input.length, unit !== null),
    [width, frame.units, frame.input.length, unit !== null],
  );
  const [brush, setBrush] = useState<readonly [number, number] | null>(null);
  const paint = usePaint(props, layout);
  const gestures = useGestures({
    layout,
    window: props.window,
    bounds: { steps: frame.steps, rows: frame.units },
    onWindow: props.onWindow,
    onHover: (hit, x, y) => {
      props.hover.value = hit && { ...hit, figure: props.figure, x, y };
    },
    onPick: (row) => props.onUnit(map.order[row] === unit ? null : map.order[row]),
    onMove: (rows) => {
      if (unit === null) return false;
      const row = Array.prototype.indexOf.call(map.order, unit) + rows;
      if (row >= 0 && row < map.order.length) props.onUnit(map.order[row]);
      return true;
    },
    onBrush: setBrush,
    onIdleWheel: props.onIdleWheel,
  });
  return (
    <div class="figure">
      <Canvas
        height={layout.height}
        paint={paint}
        label={props.label}
        canvas={props.canvas}
        onSize={(size: Size) => setWidth(size.width)}
        attributes={gestures}
      />
      <Overlay {...props} layout={layout} brush={brush} />
      <CellCard {...props} layout={layout} hidden={brush !== null} />
    </div>
  );
}

function usePaint(props: HeatmapFigureProps, layout: FigureLayout): Paint {
  const { frame, map, palette, window, signs, clones, unit, clock } = props;
  const surfaces = useRef<Surfaces | null>(null);
  const series = useMemo(
    () => (unit === null || unit >= frame.units ? null : unitSeries(map.picture, unit)),
    [map.picture, unit],
  );
  const spans = useMemo(() => (clones ? cloneSpans(clones, map.order) : []), [clones, map.order]);
  return useCallback<Paint>(
    (context, _, ink) => {
      surfaces.current ??= { map: newSurface(), strip: newSurface() };
      const ticks = ticksOf(frame, window, clock, layout.map.width);
      const { health, names } = frame;
      const axisName = clock && frame.timestamps ? 'time' : AXIS_NAMES[frame.axis];
      const rows = { health, signs, names, clones: spans, unit };
      const parts = { layout, map, palette, window, ...rows, ticks, axisName };
      paintMap(context, parts, surfaces.current, ink);
      frame.input.forEach((channel, i) => {
        const lane = { ...channel, ...window, stride: 1, colour: ink.muted };
        paintLane(context, layout.lanes[i], lane, ink);
      });
      if (layout.detail && series) {
        const stride = map.picture.stride;
        const lane = {
          name: unitLabel(frame, unit),
          series,
          stride,
          ...window,
          colour: ink.accent,
        };
        paintDetail(context, layout.detail, lane, marksOf(map.picture, unit, palette), ink);
      }
    },
    [layout, frame, map, palette, window, signs, spans, unit, clock, series],
  );
}

/** Where the chosen unit has NaN or an infinity, in the heatmap's own colours for them. */
function marksOf(picture: Picture, unit: number | null, { rgb }: Palette): LaneMark[] {
  if (unit === null) return [];
  const columns = columnsOf(picture);
  const codes = picture.codes.subarray(unit * columns, (unit + 1) * columns);
  // The picture's codes 1 to 3 are the palette's.
  return Array.from(codes).flatMap((code, at) =>
    code >= NAN && code <= POSITIVE_INFINITY ? [{ at, colour: css(rgb[code]) }] : [],
  );
}

function ticksOf(frame: ActivationFrame, window: Window, clock: boolean, width: number): Tick[] {
  if (clock && frame.timestamps) {
    return clockTicks(frame.timestamps, window.from, window.to, width / TICK_WIDTH.clock);
  }
  const most = width / TICK_WIDTH.step;
  if (!frame.space) return integerTicks(window.from, window.to, most);
  // Positions run row by row: a tick where each of some rows begins.
  const columns = frame.space[1];
  return integerTicks(window.from / columns, window.to / columns, most).map(({ value, label }) => ({
    value: value * columns,
    label,
  }));
}

interface LayerProps extends HeatmapFigureProps {
  readonly layout: FigureLayout;
}

/** A canvas of its own above the figure, so that the pointer never repaints the map. */
function Overlay(props: LayerProps & { brush: readonly [number, number] | null }): JSX.Element {
  const { layout, window, brush } = props;
  const hover = props.hover.value;
  const paint = useCallback<Paint>(
    (context, _, ink) => paintOverlay(context, layout, window, hover, brush, ink),
    [layout, window, hover, brush],
  );
  return (
    <div class="overlay" aria-hidden="true">
      <Canvas height={layout.height} paint={paint} label="" />
    </div>
  );
}

function CellCard({ layout, hover, figure, tip, hidden }: LayerProps & { hidden: boolean }) {
  const at = hover.value;
  const content = at && at.figure === figure && !hidden ? tip(at) : null;
  if (!at || !content) return null;
  return (
    <Tip at={at} middle={layout.map.x + layout.map.width / 2}>
      {content}
    </Tip>
  );
}

function unitLabel({ names }: ActivationFrame, unit: number | null): string {
  return unit === null ? '' : (names?.[unit] ?? `unit ${unit}`);
}
