/** A scatter of many points: its axes, the window that is looked at, and what lies under a point. */
import type { Tick } from './axis';
import type { Rect } from './heatmap_layout';

/** Where the rows lie along one direction. */
export interface ScatterAxis {
  readonly name: string;
  /** By row; NaN: nowhere. */
  readonly at: Float32Array;
  /** The ends that hold every row. */
  readonly whole: readonly [number, number];
  readonly ticks: (from: number, to: number, most: number) => readonly Tick[];
}

/** Both ends of both axes. */
export interface ScatterWindow {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

export interface ScatterLayout {
  readonly height: number;
  /** Where the points are. */
  readonly plot: Rect;
}

const LEFT = 58;
const RIGHT = 14;
const TOP = 10;
const BOTTOM = 42;
const TALLEST = 560;
const LOWEST = 220;

/** As square as the width allows: on the diagonal both axes count the same. */
export function scatterLayout(width: number): ScatterLayout {
  const wide = Math.max(60, Math.floor(width) - LEFT - RIGHT);
  const tall = Math.max(LOWEST, Math.min(TALLEST, wide));
  return {
    height: TOP + tall + BOTTOM,
    plot: { x: LEFT, y: TOP, width: wide, height: tall },
  };
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** From the axes to CSS pixels. */
export function placeOf({ plot }: ScatterLayout, window: ScatterWindow, at: Place): Place {
  const { left, right, bottom, top } = window;
  return {
    x: plot.x + ((at.x - left) / (right - left)) * plot.width,
    y: plot.y + ((top - at.y) / (top - bottom)) * plot.height,
  };
}

/** From CSS pixels to the axes; a pixel outside of the plot counts as its edge. */
export function dataAt({ plot }: ScatterLayout, window: ScatterWindow, place: Place): Place {
  const share = (at: number): number => Math.min(1, Math.max(0, at));
  const { left, right, bottom, top } = window;
  return {
    x: left + share((place.x - plot.x) / plot.width) * (right - left),
    y: top - share((place.y - plot.y) / plot.height) * (top - bottom),
  };
}

/** The rectangle between two points of the axes. */
export function between(a: Place, b: Place): ScatterWindow {
  return {
    left: Math.min(a.x, b.x),
    right: Math.max(a.x, b.x),
    bottom: Math.min(a.y, b.y),
    top: Math.max(a.y, b.y),
  };
}

/** The narrowest window, as a share of the whole: float32 can't tell points apart below. */
const NARROWEST = 1e-5;

/** Moves by shares of the window, right and up, and stays within the whole. */
export function pannedTo(
  window: ScatterWindow,
  whole: ScatterWindow,
  right: number,
  up: number,
): ScatterWindow {
  const [left, ends] = slid(window.left, window.right, whole.left, whole.right, right);
  const [bottom, top] = slid(window.bottom, window.top, whole.bottom, whole.top, up);
  return { left, right: ends, bottom, top };
}

/** Changes both sides by a factor around a point of the axes. */
export function zoomedTo(
  window: ScatterWindow,
  whole: ScatterWindow,
  factor: number,
  around: Place,
): ScatterWindow {
  const [left, right] = scaled(
    window.left,
    window.right,
    whole.left,
    whole.right,
    factor,
    around.x,
  );
  const [bottom, top] = scaled(
    window.bottom,
    window.top,
    whole.bottom,
    whole.top,
    factor,
    around.y,
  );
  return { left, right, bottom, top };
}

function slid(
  from: number,
  to: number,
  first: number,
  last: number,
  by: number,
): readonly [number, number] {
  const wanted = by * (to - from);
  const shift = Math.min(Math.max(wanted, first - from), last - to);
  return [from + shift, to + shift];
}

function scaled(
  from: number,
  to: number,
  first: number,
  last: number,
  factor: number,
  around: number,
): readonly [number, number] {
  const whole = last - first;
  const width = Math.min(whole, Math.max(NARROWEST * whole, (to - from) * factor));
  const share = (around - from) / (to - from);
  const start = Math.min(Math.max(around - share * width, first), last - width);
  return [start, start + width];
}

export function isWholeWindow(window: ScatterWindow, whole: ScatterWindow): boolean {
  const { left, right, bottom, top } = whole;
  return (
    window.left <= left && window.right >= right && window.bottom <= bottom && window.top >= top
  );
}

/** Marks the rows in a rectangle with 1, its edges included. */
export function inside(x: ArrayLike<number>, y: ArrayLike<number>, of: ScatterWindow): Uint8Array {
  const { left, right, bottom, top } = of;
  const found = new Uint8Array(x.length);
  for (let i = 0; i < found.length; i++) {
    if (x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] <= top) found[i] = 1;
  }
  return found;
}

/** CSS pixels within which a point is under the pointer. */
const REACH = 12;

/** The row nearest to a place in CSS pixels, -1 where none is near; of `mask` only those marked. */
export function nearestRow(
  layout: ScatterLayout,
  window: ScatterWindow,
  x: Float32Array,
  y: Float32Array,
  mask: Uint8Array | null,
  place: Place,
): number {
  const { plot } = layout;
  const wide = plot.width / (window.right - window.left);
  const tall = plot.height / (window.top - window.bottom);
  const [atX, atY] = [
    (place.x - plot.x) / wide + window.left,
    window.top - (place.y - plot.y) / tall,
  ];
  let nearest = -1;
  let away = REACH * REACH;
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] - atX) * wide;
    const dy = (y[i] - atY) * tall;
    const distance = dx * dx + dy * dy;
    // The last wins, as it is drawn on top.
    if (distance <= away && (!mask || mask[i])) {
      nearest = i;
      away = distance;
    }
  }
  return nearest;
}

export interface UserLines {
  /** The lowest and highest row of each group drawn. */
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  /** Groups with two rows or more; more than are drawn where there are too many to tell apart. */
  readonly groups: number;
}

/** More lines than this are a grey area, and take longer than a frame. */
export const MOST_LINES = 2000;

/** One line for each group, from its lowest to its highest row; of too many every k-th. */
export function userLines(
  codes: ArrayLike<number>,
  groups: number,
  { x, y, mask }: { x: Float32Array; y: Float32Array; mask: Uint8Array | null },
): UserLines {
  const NONE = 0xffffffff;
  const low = new Uint32Array(groups).fill(NONE);
  const high = new Uint32Array(groups).fill(NONE);
  for (let i = 0; i < x.length; i++) {
    const group = codes[i];
    if (group >= groups || (mask && !mask[i]) || Number.isNaN(x[i]) || Number.isNaN(y[i])) continue;
    if (low[group] === NONE || y[i] < y[low[group]]) low[group] = i;
    if (high[group] === NONE || y[i] > y[high[group]]) high[group] = i;
  }
  const joined: number[] = [];
  for (let group = 0; group < groups; group++) if (low[group] !== high[group]) joined.push(group);
  const every = Math.ceil(joined.length / MOST_LINES) || 1;
  const drawn = joined.filter((_, i) => i % every === 0);
  return {
    low: Uint32Array.from(drawn, (group) => low[group]),
    high: Uint32Array.from(drawn, (group) => high[group]),
    groups: joined.length,
  };
}
