/** Histograms over training steps as a ridgeline: densities, layout and hit-testing, no canvas. */
import { binOf, binRange, total, type Histogram } from './ridge_bins';
import { fraction, valueAt, type ValueScale } from './ridge_scale';

/**
 * Share of the cells under each of `width` equal columns of the scale; their sum is 1 if the scale
 * holds every bin. Bin 0 is left out: exact zeros have no width, see `zeroShare`.
 *
 * A monotone cubic (Fritsch & Carlson 1980) goes through the cumulative counts at the bins' edges:
 * smooth to the eye, never below zero, and each bin keeps its exact share.
 */
export function density(histogram: Histogram, scale: ValueScale, width: number): Float32Array {
  const { bins, first, counts } = histogram;
  const all = total(histogram);
  const out = new Float32Array(width);
  if (!(all > 0)) return out;
  const at: number[] = [];
  const cumulative: number[] = [];
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const [low, high] = binRange(bins, first + i);
    if (at.length === 0) {
      at.push(fraction(scale, low) * width);
      cumulative.push(0);
    }
    if (first + i !== 0) sum += (counts[i] || 0) / all;
    at.push(fraction(scale, high) * width);
    cumulative.push(sum);
  }
  const slopes = monotoneSlopes(at, cumulative);
  let previous = interpolated(at, cumulative, slopes, 0, 0);
  for (let x = 0, k = 0; x < width; x++) {
    while (k + 2 < at.length && at[k + 1] <= x + 1) k++;
    const next = interpolated(at, cumulative, slopes, x + 1, k);
    out[x] = next - previous;
    previous = next;
  }
  return out;
}

/** Share of the cells that are zero or nearer to it than the smallest bin. */
export function zeroShare(histogram: Histogram): number {
  const all = total(histogram);
  return all > 0 ? (histogram.counts[-histogram.first] || 0) / all : 0;
}

function monotoneSlopes(x: readonly number[], y: readonly number[]): Float64Array {
  const slopes = new Float64Array(x.length);
  for (let i = 1; i + 1 < x.length; i++) {
    const [left, right] = [x[i] - x[i - 1], x[i + 1] - x[i]];
    const [rise, climb] = [(y[i] - y[i - 1]) / left, (y[i + 1] - y[i]) / right];
    if (!(rise * climb > 0)) continue;
    const [a, b] = [2 * right + left, right + 2 * left];
    slopes[i] = (a + b) / (a / rise + b / climb);
  }
  return slopes;
}

function interpolated(
  x: readonly number[],
  y: readonly number[],
  slopes: Float64Array,
  at: number,
  from: number,
): number {
  const last = x.length - 1;
  if (at <= x[0]) return y[0];
  if (at >= x[last]) return y[last];
  let k = from;
  while (k + 1 < last && x[k + 1] <= at) k++;
  const width = x[k + 1] - x[k];
  const u = (at - x[k]) / width;
  const [u2, u3] = [u * u, u * u * u];
  return (
    y[k] * (2 * u3 - 3 * u2 + 1) +
    slopes[k] * width * (u3 - 2 * u2 + u) +
    y[k + 1] * (3 * u2 - 2 * u3) +
    slopes[k + 1] * width * (u3 - u2)
  );
}

export interface RidgeLayout {
  /** Baseline of each ridge, oldest (topmost, furthest back) first; CSS pixels. */
  readonly baselines: readonly number[];
  readonly spacing: number;
  /** Height of the highest peak above its baseline. */
  readonly peak: number;
}

/** Baselines in `height` pixels: the newest at the bottom, the oldest with room for its peak. */
export function ridgeLayout(ridges: number, height: number): RidgeLayout {
  if (ridges <= 1) return { baselines: [height], spacing: height, peak: height * 0.92 };
  // A single ridge of three among many is what the eye follows: peaks overlap about six baselines.
  const peak = Math.max(0.2 * height, Math.min(0.45 * height, (6 * height) / (ridges + 5)));
  const spacing = (height - peak) / (ridges - 1);
  const baselines = Array.from({ length: ridges }, (_, i) => peak + i * spacing);
  return { baselines, spacing, peak };
}

/**
 * What a density is divided by to become a height of 0..1, for each ridge. The highest peak of all
 * is 1; others shrink with the fourth root of their peaks only, or one collapsed step would flatten
 * all the rest. Within a ridge areas stay shares; between ridges they do not.
 */
export function ridgeScales(densities: readonly Float32Array[]): number[] {
  const peaks = densities.map((ridge) => ridge.reduce((a, b) => Math.max(a, b), 0));
  const highest = peaks.reduce((a, b) => Math.max(a, b), 0);
  return peaks.map((peak) => (peak > 0 ? peak / (peak / highest) ** 0.25 : 1));
}

/** The ridge whose baseline lies nearest below a height, or the last. */
export function ridgeAt({ baselines, spacing }: RidgeLayout, y: number): number {
  if (baselines.length === 1) return 0;
  const nearest = Math.ceil((y - baselines[0]) / spacing - 0.25);
  return Math.min(baselines.length - 1, Math.max(0, nearest));
}

export interface BinReading {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Of all finite cells. */
  readonly share: number;
}

/** The bin of a histogram under a place on the scale, 0..1 from the left. */
export function readBin(histogram: Histogram, scale: ValueScale, share: number): BinReading {
  const k = binOf(histogram.bins, valueAt(scale, share));
  const [low, high] = binRange(histogram.bins, k);
  const count = histogram.counts[k - histogram.first] || 0;
  return { low, high, count, share: count / (total(histogram) || 1) };
}
