/** Where the parts of the activations figure lie, and what lies under a point; CSS pixels. */
import type { Window } from './heatmap_window';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface FigureLayout {
  readonly height: number;
  /** One lane for each channel of the input. */
  readonly lanes: readonly Rect[];
  /** The health strip, left of the map. */
  readonly strip: Rect;
  /** Marks of units that run against their neighbours, between strip and map. */
  readonly flips: Rect;
  readonly map: Rect;
  /** The line of time labels below the map. */
  readonly axis: Rect;
  /** The series of the chosen unit, or null. */
  readonly detail: Rect | null;
}

const GUTTER = 56;
const STRIP = 12;
const FLIPS = 6;
const RIGHT = 10;
const LANE = 34;
const LANE_GAP = 4;
const AXIS = 24;
const DETAIL = 92;

/** Tall enough to tell 16 rows apart, never taller than a screen can hold beside its neighbours. */
export function mapHeight(units: number): number {
  if (units <= 16) return Math.max(28, 14 * units);
  return Math.min(400, Math.max(240, 3 * units));
}

export function figureLayout(
  width: number,
  units: number,
  channels: number,
  detail: boolean,
): FigureLayout {
  const x = GUTTER + STRIP + FLIPS;
  const wide = Math.max(16, Math.floor(width) - x - RIGHT);
  const lanes = Array.from({ length: channels }, (_, lane) => ({
    x,
    y: 4 + lane * (LANE + LANE_GAP),
    width: wide,
    height: LANE,
  }));
  const y = 4 + channels * (LANE + LANE_GAP) + (channels > 0 ? 4 : 0);
  const height = mapHeight(units);
  const axis = { x, y: y + height, width: wide, height: AXIS };
  const below = axis.y + AXIS;
  return {
    lanes,
    strip: { x: GUTTER, y, width: STRIP - 2, height },
    flips: { x: GUTTER + STRIP, y, width: FLIPS - 2, height },
    map: { x, y, width: wide, height },
    axis,
    detail: detail ? { x, y: below + 6, width: wide, height: DETAIL } : null,
    height: below + (detail ? DETAIL + 14 : 0),
  };
}

/** What lies under a point: a step, and a row where the point is on the map or its strip. */
export interface Hit {
  readonly step: number;
  readonly row: number | null;
}

export function hit(
  { strip, map, height }: FigureLayout,
  window: Window,
  rows: number,
  x: number,
  y: number,
): Hit | null {
  if (x < strip.x || x >= map.x + map.width || y < 0 || y >= height) return null;
  const share = Math.min(1, Math.max(0, (x - map.x) / map.width));
  const step = Math.floor(window.from + share * (window.to - window.from));
  const down = (y - map.y) / map.height;
  const row = Math.floor(window.top + down * (window.bottom - window.top));
  const inside = down >= 0 && down < 1 && row < rows;
  return { step: Math.min(step, Math.ceil(window.to) - 1), row: inside ? row : null };
}

/** The horizontal place of a step's left edge. */
export function xOf(
  { map }: Pick<FigureLayout, 'map'>,
  { from, to }: Window,
  step: number,
): number {
  return map.x + ((step - from) / (to - from)) * map.width;
}

/** The vertical place of a row's upper edge. */
export function yOf(
  { map }: Pick<FigureLayout, 'map'>,
  { top, bottom }: Window,
  row: number,
): number {
  return map.y + ((row - top) / (bottom - top)) * map.height;
}
