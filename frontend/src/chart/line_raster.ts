/**
 * Many long lines as pixels: each fills, in every column of pixels, the stretch that it crosses.
 *
 * A browser strokes 50 lines of 4,096 points in half a second; this takes some milliseconds, since
 * the cost is bounded by columns. Every peak is kept; a stretch is at least one pixel high and its
 * ends are smoothed.
 */
import { inView } from './line';
import type { Curve } from './line';
import type { Scale } from './scale';

export interface RasterLine {
  readonly curve: Curve;
  /** 0xBBGGRR. */
  readonly colour: number;
  readonly opacity: number;
  readonly dashed: boolean;
}

/** What maps a curve's pixels to those of the bitmap. */
export interface RasterView {
  readonly left: number;
  readonly top: number;
  /** Bitmap pixels to one of the curve's. */
  readonly ratio: number;
}

const DASH = { period: 8, drawn: 5 };

/** The bitmap's pixels by columns, `[width, height]`, as 0xAABBGGRR with straight alpha. */
export function rasterLines(
  lines: readonly RasterLine[],
  { left, top, ratio }: RasterView,
  width: number,
  height: number,
): Uint32Array {
  const pixels = new Uint32Array(width * height);
  const low = new Float64Array(width);
  const high = new Float64Array(width);
  for (const line of lines) {
    low.fill(Infinity);
    high.fill(-Infinity);
    crossings(line.curve, { left, top, ratio }, low, high);
    for (let x = 0; x < width; x++) {
      if (low[x] > high[x] || (line.dashed && (x / ratio) % DASH.period >= DASH.drawn)) continue;
      fillStretch(pixels, x * height, height, low[x] - ratio / 2, high[x] + ratio / 2, line);
    }
  }
  return pixels;
}

/** Columns one after the other to rows one after the other. */
export function turn(columns: Uint32Array, height: number, rows: Uint32Array): void {
  for (let y = 0, to = 0; y < height; y++) {
    for (let from = y; from < columns.length; from += height) rows[to++] = columns[from];
  }
}

/** Widens `low` and `high` of each column to what the curve crosses there. */
function crossings(
  { xs, ys, x, y }: Curve,
  { left, top, ratio }: RasterView,
  low: Float64Array,
  high: Float64Array,
): void {
  const last = low.length - 1;
  const across = linear(x, left, ratio);
  const up = linear(y, top, ratio);
  let [x0, y0] = [NaN, NaN];
  const [first, end] = inView(xs, x);
  for (let i = first; i < end; i++) {
    const x1 = across.at0 + xs[i] * across.slope;
    const y1 = up.at0 + ys[i] * up.slope;
    if (!Number.isFinite(y1)) {
      x0 = NaN;
      continue;
    }
    const begins = Number.isNaN(x0);
    const from = Math.max(0, Math.floor(begins ? x1 : x0));
    const to = Math.min(last, Math.floor(x1));
    if (from === to) {
      const least = begins || y1 < y0 ? y1 : y0;
      const greatest = begins || y1 > y0 ? y1 : y0;
      if (least < low[to]) low[to] = least;
      if (greatest > high[to]) high[to] = greatest;
    } else {
      const slope = (y1 - y0) / (x1 - x0);
      for (let column = from; column <= to; column++) {
        const enters = column > x0 ? y0 + (column - x0) * slope : y0;
        const leaves = column + 1 < x1 ? y0 + (column + 1 - x0) * slope : y1;
        low[column] = Math.min(low[column], enters, leaves);
        high[column] = Math.max(high[column], enters, leaves);
      }
    }
    x0 = x1;
    y0 = y1;
  }
}

/** A scale as numbers, in pixels of the bitmap: a call a point would take half of the time. */
function linear(scale: Scale, from: number, ratio: number): { at0: number; slope: number } {
  const { low, high, forward } = scale;
  const slope = high > low ? ((forward(high) - forward(low)) / (high - low)) * ratio : 0;
  return { at0: (forward(low) - from) * ratio - low * slope, slope };
}

/** Fills from `low` to `high` in the column that begins at `base`. */
function fillStretch(
  pixels: Uint32Array,
  base: number,
  height: number,
  low: number,
  high: number,
  { colour, opacity }: RasterLine,
): void {
  const first = Math.floor(low);
  const last = Math.ceil(high) - 1;
  const partly = (y: number): void => {
    if (y < 0 || y >= height) return;
    const covered = Math.min(y + 1, high) - Math.max(y, low);
    pixels[base + y] = over(pixels[base + y], colour, opacity * covered);
  };
  partly(first);
  if (last > first) partly(last);
  const end = base + Math.min(height, last);
  let at = base + Math.max(0, first + 1);
  if (opacity === 1) for (; at < end; at++) pixels[at] = 0xff000000 | colour;
  else for (; at < end; at++) pixels[at] = over(pixels[at], colour, opacity);
}

/** A colour of some opacity, 0 to 1, over a pixel. */
function over(under: number, colour: number, opacity: number): number {
  if (under >>> 24 === 255) return mixed(under, colour, Math.round(256 * opacity));
  const below = ((under >>> 24) / 255) * (1 - opacity);
  const alpha = opacity + below;
  if (alpha === 0) return 0;
  const opaque = mixed(under, colour, Math.round((256 * opacity) / alpha));
  return ((Math.round(255 * alpha) << 24) | (opaque & 0xffffff)) >>> 0;
}

/** Opaque, with `share` of 256 of the second colour; red and blue are mixed in one number. */
function mixed(from: number, to: number, share: number): number {
  const keep = 256 - share;
  const redBlue = ((from & 0xff00ff) * keep + (to & 0xff00ff) * share) >>> 8;
  const green = ((from & 0xff00) * keep + (to & 0xff00) * share) >>> 8;
  return (0xff000000 | (redBlue & 0xff00ff) | (green & 0xff00)) >>> 0;
}
