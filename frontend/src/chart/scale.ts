/** Maps data to pixels and back. */

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly forward: (value: number) => number;
  readonly reverse: (pixel: number) => number;
}

/** `low` falls on pixel `from`, `high` on pixel `to`. An empty domain falls on the middle. */
export function linearScale(low: number, high: number, from: number, to: number): Scale {
  const span = high - low;
  if (span === 0) {
    return { low, high, forward: () => (from + to) / 2, reverse: () => low };
  }
  const slope = (to - from) / span;
  return {
    low,
    high,
    forward: (value) => from + (value - low) * slope,
    reverse: (pixel) => low + (pixel - from) / slope,
  };
}

/** The index of the value nearest to `wanted` in an ascending list; -1 in an empty one. */
export function nearestIndex(values: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= wanted) low = middle;
    else high = middle;
  }
  return Math.abs(values[high] - wanted) < Math.abs(values[low] - wanted) ? high : low;
}
