/** A line of any number of points as a path of a few points per pixel that keeps every peak. */
import type { Scale } from './scale';

/** Pixels `x, y, x, y, ...`; a pair of NaN lifts the pen. */
export type Path = readonly number[];

/** Points on their scales. `xs` ascend; a NaN or an infinity is a gap. */
export interface Curve {
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  readonly x: Scale;
  readonly y: Scale;
}

/**
 * Every pixel column keeps its first, least, greatest and last point, in their order, so that a
 * single extreme point is always drawn and neighbouring columns stay joined. Points more than a pixel outside of the x scale are left out.
 */
export function tracePath(xs: ArrayLike<number>, ys: ArrayLike<number>, x: Scale, y: Scale): Path {
  const path: number[] = [];
  let [first, least, greatest, last, place] = [-1, -1, -1, -1, NaN];
  const flush = (): void => {
    if (first < 0) return;
    const sooner = Math.min(least, greatest);
    const later = Math.max(least, greatest);
    push(first);
    if (sooner !== first) push(sooner);
    if (later !== sooner) push(later);
    if (last !== later) push(last);
    first = -1;
  };
  const push = (i: number): void => {
    path.push(x.forward(xs[i]), y.forward(ys[i]));
  };
  const [start, end] = inView(xs, x);
  for (let i = start; i < end; i++) {
    if (!Number.isFinite(ys[i])) {
      flush();
      liftPen(path);
      continue;
    }
    const column = Math.floor(x.forward(xs[i]));
    if (column !== place) flush();
    place = column;
    if (first < 0) first = least = greatest = i;
    if (ys[i] < ys[least]) least = i;
    if (ys[i] > ys[greatest]) greatest = i;
    last = i;
  }
  flush();
  return path;
}

/** The places in `[from, to)` that are in view, and one neighbour beyond each edge for the line to run to. */
export function inView(xs: ArrayLike<number>, { low, high }: Scale): readonly [number, number] {
  const from = Math.max(0, countBelow(xs, low, false) - 1);
  return [from, Math.min(xs.length, countBelow(xs, high, true) + 1)];
}

/** How many of ascending values lie below a limit, or at most on it. */
function countBelow(values: ArrayLike<number>, limit: number, inclusive: boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < limit || (inclusive && values[middle] === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function liftPen(path: number[]): void {
  if (path.length > 0 && !Number.isNaN(path[path.length - 1])) path.push(NaN, NaN);
}

/** Strokes a path with the context's style; a point between two gaps becomes a dot. */
export function strokePath(context: CanvasRenderingContext2D, path: Path): void {
  context.beginPath();
  for (let i = 0; i < path.length; i += 2) {
    if (Number.isNaN(path[i])) continue;
    const begins = i === 0 || Number.isNaN(path[i - 2]);
    const ends = i + 2 >= path.length || Number.isNaN(path[i + 2]);
    if (begins) context.moveTo(path[i] - (ends ? 0.75 : 0), path[i + 1]);
    if (!begins || ends) context.lineTo(path[i] + (begins ? 0.75 : 0), path[i + 1]);
  }
  context.stroke();
}

/** A band as pieces of `x, low, high` in pixels: per column the least low and the greatest high. */
export type Band = readonly (readonly number[])[];

/** The band between two curves over the same `xs`; a gap where either has none. */
export function traceBand(
  xs: ArrayLike<number>,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  x: Scale,
  y: Scale,
): Band {
  const pieces: number[][] = [];
  let piece: number[] | null = null;
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(low[i]) || !Number.isFinite(high[i])) {
      piece = null;
      continue;
    }
    if (!piece) pieces.push((piece = []));
    const [px, bottom, top] = [x.forward(xs[i]), y.forward(low[i]), y.forward(high[i])];
    const last = piece.length - 3;
    if (last >= 0 && Math.floor(piece[last]) === Math.floor(px)) {
      piece[last + 1] = Math.max(piece[last + 1], bottom);
      piece[last + 2] = Math.min(piece[last + 2], top);
    } else {
      piece.push(px, bottom, top);
    }
  }
  return pieces;
}

export function fillBand(context: CanvasRenderingContext2D, band: Band): void {
  for (const piece of band) {
    context.beginPath();
    for (let i = 0; i < piece.length; i += 3) context.lineTo(piece[i], piece[i + 1]);
    for (let i = piece.length - 3; i >= 0; i -= 3) context.lineTo(piece[i], piece[i + 2]);
    context.closePath();
    context.fill();
  }
}
