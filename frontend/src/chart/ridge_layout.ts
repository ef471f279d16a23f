/** Where the parts of the pre-activations figure lie; CSS pixels. */
import type { Rect } from './heatmap_layout';

export interface ValueLayout {
  readonly height: number;
  readonly plot: Rect;
  readonly axis: Rect;
  /** One bar a row: the share below zero. */
  readonly bars: Rect;
}

const LEFT = 58;
const RIGHT = 66;
const TOP = 20;
const AXIS = 26;

export function valueLayout(width: number, height: number): ValueLayout {
  const wide = Math.max(16, Math.floor(width) - LEFT - RIGHT);
  return {
    height: TOP + height + AXIS,
    plot: { x: LEFT, y: TOP, width: wide, height },
    axis: { x: LEFT, y: TOP + height, width: wide, height: AXIS },
    bars: { x: LEFT + wide + 10, y: TOP, width: RIGHT - 16, height },
  };
}

/** The place on the value axis under a point, 0..1 from the left, or null outside. */
export function shareAt({ plot, height }: ValueLayout, x: number, y: number): number | null {
  const share = (x - plot.x) / plot.width;
  return share >= 0 && share <= 1 && y >= 0 && y <= height ? share : null;
}
