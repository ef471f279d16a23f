/** Signed log bins of the wire format, and what they become on a line of pixels. */

export interface Bins {
  readonly mantissaBits: number;
  readonly minExponent: number;
  readonly maxExponent: number;
}

/** A slice of the bins: `counts[i]` belongs to bin `first + i`. NaN pads short vectors. */
export interface Histogram {
  readonly bins: Bins;
  readonly first: number;
  readonly counts: ArrayLike<number>;
}

/** The bins of a series vector; a frame's header names its own. */
export const SERIES_BINS: Bins = { mantissaBits: 2, minExponent: -24, maxExponent: 16 };

/** The edge of bin `k` nearer to zero; bin 0 reaches from `-lowerEdge(1)` to `lowerEdge(1)`. */
function innerEdge({ mantissaBits, minExponent }: Bins, k: number): number {
  const parts = 2 ** mantissaBits;
  const above = Math.abs(k) - 1;
  const octave = Math.floor(above / parts);
  return Math.sign(k) * 2 ** (minExponent + octave) * (1 + (above - octave * parts) / parts);
}

/** The values `[low, high]` that bin `k` holds. */
export function binRange(bins: Bins, k: number): readonly [number, number] {
  if (k === 0) return [innerEdge(bins, -1), innerEdge(bins, 1)];
  if (k > 0) return [innerEdge(bins, k), innerEdge(bins, k + 1)];
  return [innerEdge(bins, k - 1), innerEdge(bins, k)];
}

/** The bin of a value, `-n .. n`. */
export function binOf(bins: Bins, value: number): number {
  const { mantissaBits, minExponent, maxExponent } = bins;
  const size = Math.abs(value);
  if (!(size >= 2 ** minExponent)) return 0;
  const parts = 2 ** mantissaBits;
  const most = (maxExponent - minExponent) * parts;
  if (size >= 2 ** maxExponent) return Math.sign(value) * most;
  let octave = Math.floor(Math.log2(size));
  // log2 rounds: near a power of two it can land one octave off.
  if (2 ** octave > size) octave--;
  else if (2 ** (octave + 1) <= size) octave++;
  const part = Math.floor((size / 2 ** octave - 1) * parts);
  return Math.sign(value) * Math.min(most, 1 + (octave - minExponent) * parts + part);
}

/** Count of all bins; padding is nothing. */
export function total({ counts }: Histogram): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] || 0;
  return sum;
}

/** The values between which the occupied bins lie, or null where there are none. */
export function occupied(histograms: readonly Histogram[]): readonly [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { bins, first, counts } of histograms) {
    for (let i = 0; i < counts.length; i++) {
      if (!(counts[i] > 0)) continue;
      const [from, to] = binRange(bins, first + i);
      low = Math.min(low, from);
      high = Math.max(high, to);
    }
  }
  return low <= high ? [low, high] : null;
}

/** The value below which `share` of all cells of the histograms lie (a bin's upper edge). */
export function valueQuantile(
  histograms: readonly Histogram[],
  share: number,
  of: (value: number) => number = (value) => value,
): number {
  const parts: { value: number; count: number }[] = [];
  for (const { bins, first, counts } of histograms) {
    for (let i = 0; i < counts.length; i++) {
      const [low, high] = binRange(bins, first + i);
      if (counts[i] > 0) parts.push({ value: of((low + high) / 2), count: counts[i] });
    }
  }
  parts.sort((a, b) => a.value - b.value);
  const target = share * parts.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { value, count } of parts) {
    seen += count;
    if (seen >= target) return value;
  }
  return 0;
}
