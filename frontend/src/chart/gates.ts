/**
 * One gate of a recurrent layer: each unit as a dot (how often it is wide open, how often shut), and
 * the shares of all units over the training steps below. After Karpathy, Johnson & Li 2015, fig. 2.
 */
import type { Rect } from './heatmap_layout';

export interface GateDots {
  readonly colour: string;
  /** By unit: shares of the time above the upper and below the lower threshold; NaN: no data. */
  readonly right: ArrayLike<number>;
  readonly left: ArrayLike<number>;
  /** What is looked at; the other of a comparison is drawn hollow. */
  readonly focus: boolean;
}

export interface GateSteps {
  /** Ascending. */
  readonly steps: readonly number[];
  /** Over all units, by step. */
  readonly right: ArrayLike<number>;
  readonly left: ArrayLike<number>;
}

export interface GateInput {
  /** Drawn in this order. */
  readonly dots: readonly GateDots[];
  readonly history: GateSteps | null;
  /** A value below the first is shut, above the second wide open. */
  readonly thresholds: readonly [number, number];
}

export interface GateLayout {
  readonly height: number;
  readonly scatter: Rect;
  readonly bars: Rect;
}

const LEFT = 44;
const RIGHT = 12;
const TOP = 8;
const BETWEEN = 56;
const BARS = 64;
const BOTTOM = 26;
const MOST_SIDE = 340;

export function gateLayout(width: number): GateLayout {
  const wide = Math.max(40, Math.floor(width) - LEFT - RIGHT);
  const side = Math.min(MOST_SIDE, wide);
  const bars = { x: LEFT, y: TOP + side + BETWEEN, width: side, height: BARS };
  return {
    height: bars.y + BARS + BOTTOM,
    scatter: { x: LEFT, y: TOP, width: side, height: side },
    bars,
  };
}

export interface Dot {
  readonly x: number;
  readonly y: number;
}

/** The place of a unit; null where nothing is known of it. */
export function dotOf(
  { scatter }: GateLayout,
  { left, right }: GateDots,
  unit: number,
): Dot | null {
  const [open, shut] = [right[unit], left[unit]];
  if (!(open >= 0 && shut >= 0)) return null;
  return {
    x: scatter.x + open * scatter.width,
    y: scatter.y + (1 - shut) * scatter.height,
  };
}

export const RADIUS = 4;
const REACH = 10;

/** The units whose dots lie on that nearest to a point, the nearest first; none if it is far. */
export function unitsAt(
  layout: GateLayout,
  dots: GateDots,
  x: number,
  y: number,
): readonly number[] {
  const found: { unit: number; dot: Dot; away: number }[] = [];
  for (let unit = 0; unit < dots.left.length; unit++) {
    const dot = dotOf(layout, dots, unit);
    if (dot) found.push({ unit, dot, away: Math.hypot(dot.x - x, dot.y - y) });
  }
  if (found.length === 0) return [];
  const nearest = found.reduce((a, b) => (b.away < a.away ? b : a));
  if (nearest.away > REACH) return [];
  const covered = found.filter(
    ({ dot, unit }) =>
      unit !== nearest.unit &&
      Math.hypot(dot.x - nearest.dot.x, dot.y - nearest.dot.y) <= RADIUS / 2,
  );
  return [nearest.unit, ...covered.map(({ unit }) => unit)];
}

/** The place of the step under a point of the bars; null elsewhere. */
export function gateColumnAt(
  { bars, height }: GateLayout,
  steps: number,
  x: number,
  y: number,
): number | null {
  const column = Math.floor(((x - bars.x) / bars.width) * steps);
  return y >= bars.y - 4 && y < height && column >= 0 && column < steps ? column : null;
}

/** How many units are on either side for more than half of the time. */
export function stuck({ left, right }: Pick<GateDots, 'left' | 'right'>): {
  readonly left: number;
  readonly right: number;
} {
  const count = (shares: ArrayLike<number>): number =>
    Array.from(shares).filter((share) => share > 0.5).length;
  return { left: count(left), right: count(right) };
}
