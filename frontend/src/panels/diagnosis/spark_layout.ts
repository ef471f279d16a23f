/** A small chart of evidence as lines and boxes in its own pixels; pure. */
import type { Picture } from './answer';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Spark {
  /** SVG path of the line; empty for bars. */
  readonly line: string;
  /** Points that stand alone between gaps: a line through one point can't be seen. */
  readonly dots: readonly (readonly [number, number])[];
  readonly bars: readonly Box[];
  /** Height of the threshold's line; null where it is none of this axis or far outside. */
  readonly threshold: number | null;
  /** Place of the first step at fault. */
  readonly onset: number | null;
  /** Of the step that is looked at. */
  readonly now: number | null;
  /** The least and the greatest value shown. */
  readonly range: readonly [number, number] | null;
}

export interface SparkSize {
  readonly width: number;
  readonly height: number;
}

export interface Marks {
  readonly threshold: number | null;
  readonly onset: number | null;
  readonly now: number | null;
}

const PAD = 3;
/** A threshold further away than so many times the range would flatten the line. */
const REACH = 1.5;

export function layoutSpark(picture: Picture, marks: Marks, size: SparkSize): Spark {
  const { kind, x, y, log } = picture;
  const scaled = (value: number): number => (log ? Math.log10(value) : value);
  const heights = y.map(scaled).map((value) => (Number.isFinite(value) ? value : NaN));
  const known = heights.filter((value) => !Number.isNaN(value));
  if (known.length === 0) {
    return { line: '', dots: [], bars: [], threshold: null, onset: null, now: null, range: null };
  }
  const bound = kind === 'line' ? near(marks.threshold, known, scaled) : null;
  const base = kind === 'bars' && !log ? [0] : [];
  const [low, high] = extent([...known, ...base, ...(bound === null ? [] : [bound])]);
  const [from, to] = extent(x);
  const across = (value: number): number =>
    PAD + ((value - from) / (to - from || 1)) * (size.width - 2 * PAD);
  const up = (value: number): number =>
    size.height - PAD - ((value - low) / (high - low || 1)) * (size.height - 2 * PAD);
  const within = (step: number | null): number | null =>
    kind === 'line' && step !== null && step >= from && step <= to ? across(step) : null;
  const points = heights.map((value, i) => [across(x[i]), up(value)] as const);
  return {
    ...(kind === 'line' ? strokes(points) : { line: '', dots: [] }),
    bars: kind === 'bars' ? boxes(x.map(across), heights, up, log ? low : 0) : [],
    threshold: bound === null ? null : up(bound),
    onset: within(marks.onset),
    now: within(marks.now),
    range: [unscaled(extent(known)[0], log), unscaled(extent(known)[1], log)],
  };
}

function near(
  threshold: number | null,
  known: readonly number[],
  scaled: (value: number) => number,
): number | null {
  const value = threshold === null ? NaN : scaled(threshold);
  if (!Number.isFinite(value)) return null;
  const [low, high] = extent(known);
  const reach = REACH * (high - low || Math.abs(high) || 1);
  return value >= low - reach && value <= high + reach ? value : null;
}

/** A path broken at what is not known. */
function strokes(points: readonly (readonly [number, number])[]): Pick<Spark, 'line' | 'dots'> {
  const pieces: (readonly [number, number])[][] = [[]];
  for (const point of points) {
    if (Number.isNaN(point[1])) pieces.push([]);
    else pieces[pieces.length - 1].push(point);
  }
  return {
    line: pieces
      .filter((piece) => piece.length > 1)
      .map((piece) => 'M' + piece.map(([x, y]) => `${round(x)} ${round(y)}`).join('L'))
      .join(''),
    dots: pieces.flatMap((piece) => (piece.length === 1 ? piece : [])),
  };
}

function boxes(
  edges: readonly number[],
  heights: readonly number[],
  up: (value: number) => number,
  base: number,
): readonly Box[] {
  return heights.flatMap((value, i) => {
    if (Number.isNaN(value)) return [];
    const [top, bottom] = [up(Math.max(value, base)), up(Math.min(value, base))];
    const width = Math.max(0.5, edges[i + 1] - edges[i] - 0.5);
    return [
      { x: round(edges[i]), y: round(top), width: round(width), height: round(bottom - top) },
    ];
  });
}

function extent(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function unscaled(value: number, log: boolean): number {
  return log ? 10 ** value : value;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
