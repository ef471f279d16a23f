/** A line with more points than pixels: the least and the greatest value under each pixel. */

export interface Envelope {
  /** `[width]` each; NaN where no finite value lies under the pixel. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Least and greatest finite value of `series[from..to)` that falls on each of `width` pixels. */
export function envelope(
  series: ArrayLike<number>,
  from: number,
  to: number,
  width: number,
): Envelope {
  const low = new Float64Array(width).fill(NaN);
  const high = new Float64Array(width).fill(NaN);
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(series.length, Math.ceil(to));
  const scale = width / (to - from);
  for (let i = first; i < last; i++) {
    const value = series[i];
    if (!Number.isFinite(value)) continue;
    const x = Math.min(width - 1, Math.max(0, Math.floor((i + 0.5 - from) * scale)));
    if (!(value >= low[x])) low[x] = value;
    if (!(value <= high[x])) high[x] = value;
  }
  return { low, high };
}

/** Least and greatest finite value of a series, or null where there is none. */
export function extent(series: ArrayLike<number>): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < series.length; i++) {
    const value = series[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}
