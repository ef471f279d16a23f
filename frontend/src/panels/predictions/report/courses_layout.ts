/** Metrics over the training steps: which curves there are, and where they lie; pure. */
import { linearTicks, type Tick } from '../../../chart/axis';
import { linearScale, type Scale } from '../../../chart/scale';

export interface Course {
  readonly name: string;
  readonly colour: string;
  /** The baseline's. */
  readonly dashed: boolean;
  readonly steps: readonly number[];
  /** NaN: not defined at that step. */
  readonly values: ArrayLike<number>;
}

export interface CoursesLayout {
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly ticks: readonly Tick[];
}

const LEFT = 40;
const RIGHT = 12;
const TOP = 6;
const HEIGHT = 128;
const FOOT = 22;

export function coursesLayout(courses: readonly Course[], width: number): CoursesLayout {
  const [from, to] = extent(courses.flatMap(({ steps }) => [...steps]));
  const values = courses.flatMap(({ values: known }) => Array.from(known));
  const [least, most] = extent(values.filter(Number.isFinite));
  const room = 0.06 * (most - least) || 0.05 * Math.abs(most) || 0.5;
  const [low, high] = [least - room, most + room];
  const [left, right] = [LEFT, Math.max(LEFT + 20, width - RIGHT)];
  const bottom = HEIGHT - FOOT;
  return {
    height: HEIGHT,
    ...{ left, right, top: TOP, bottom },
    x: linearScale(from, to, left, right),
    y: linearScale(low, high, bottom, TOP),
    ticks: linearTicks(low, high, 4),
  };
}

/** [0, 1] of nothing. */
function extent(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

/** The step of all courses that lies nearest to a place; null where there are none. */
export function stepAt(
  courses: readonly Course[],
  { x }: CoursesLayout,
  at: number,
): number | null {
  const wanted = x.reverse(at);
  let best: number | null = null;
  for (const { steps } of courses) {
    for (const step of steps) {
      if (best === null || Math.abs(step - wanted) < Math.abs(best - wanted)) best = step;
    }
  }
  return best;
}
