/** The temporal Jacobian as geometry: output steps from top to bottom, input timesteps across. */
import { grouped } from './axis';
import { MARGIN } from './line_amnesia';
import type { Span } from './line_spans';
import { linearScale, nearestIndex } from './scale';
import type { Rectangle, Scale } from './scale';
import { linearTicks } from './ticks';

/** |d output / d input| as measured; rows are output steps, ascending. */
export interface Matrix {
  readonly outputSteps: ArrayLike<number>;
  readonly timesteps: number;
  /** `[outputSteps, timesteps]`: log10 of the magnitude; NaN where there is none. */
  readonly log10: Float32Array;
  /** `[outputSteps, timesteps]`: kinds of nothing as in the amnesia plot; 0 a value. */
  readonly states: Uint8Array;
}

export interface JacobianInput {
  readonly matrix: Matrix;
  /** `[outputSteps]`: subtracted from each row's logarithms. */
  readonly levels: Float64Array;
  /** The logarithms at the two ends of the colours. */
  readonly decades: Span;
  /** Timesteps in view; null: all. */
  readonly window: Span | null;
  /** The row looked at; null: none. */
  readonly row: number | null;
  /** Whether somebody chose the row; if not it is only said which it is. */
  readonly picked: boolean;
}

export interface JacobianLayout {
  readonly plot: Rectangle;
  readonly x: Scale;
  readonly rowHeight: number;
  readonly xTicks: readonly { readonly at: number; readonly label: string }[];
  readonly rowLabels: readonly { readonly y: number; readonly label: string }[];
  /** Where each row's input timestep is its output step; NaN out of view. */
  readonly diagonal: Float64Array;
}

const TOP = 6;
const BOTTOM = 42;
/** CSS pixels of a row: as many as make all of them a picture, and no bars. */
const [LEAST_HEIGHT, GREATEST_HEIGHT, WANTED_ROW] = [96, 320, 14];
const LABEL_HEIGHT = 13;

/** Of the whole figure, axes included. */
export function jacobianHeight(rows: number): number {
  const wanted = Math.min(GREATEST_HEIGHT, Math.max(LEAST_HEIGHT, rows * WANTED_ROW));
  // Rows of a whole number of pixels are of the same height on the screen.
  return TOP + BOTTOM + Math.max(1, Math.round(wanted / rows)) * rows;
}

export function layoutJacobian(input: JacobianInput, width: number): JacobianLayout {
  const { outputSteps, timesteps } = input.matrix;
  const rows = outputSteps.length;
  const plot = {
    left: MARGIN.left,
    top: TOP,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: jacobianHeight(rows) - TOP - BOTTOM,
  };
  const [from, to] = input.window ?? wholeOf(timesteps);
  const x = linearScale(from, to, plot.left, plot.left + plot.width);
  const rowHeight = plot.height / rows;
  return {
    plot,
    x,
    rowHeight,
    xTicks: linearTicks(from, to, plot.width / 90)
      .filter((value) => Number.isInteger(value))
      .map((value) => ({ at: x.forward(value), label: grouped(value) })),
    rowLabels: rowLabels(outputSteps, plot, rowHeight),
    diagonal: Float64Array.from(outputSteps, (k) => (k < from || k > to ? NaN : x.forward(k))),
  };
}

/** As in the plot above it. */
function wholeOf(timesteps: number): Span {
  return timesteps > 1 ? [0, timesteps - 1] : [-0.5, 0.5];
}

/** Every row's output step, or so many of them that they stay apart; the last always. */
function rowLabels(
  outputSteps: ArrayLike<number>,
  { top }: Rectangle,
  rowHeight: number,
): JacobianLayout['rowLabels'] {
  const last = outputSteps.length - 1;
  const every = Math.max(1, Math.ceil(LABEL_HEIGHT / rowHeight));
  return Array.from(outputSteps, (k, row) => ({
    row,
    y: top + (row + 0.5) * rowHeight,
    label: grouped(k),
  })).filter(({ row }) => row === last || (row % every === 0 && last - row >= every));
}

export interface Place {
  readonly row: number;
  readonly t: number;
}

/** What lies under a point of the figure; null outside of the picture. */
export function placeAt(
  { plot, x, rowHeight }: JacobianLayout,
  { outputSteps, timesteps }: Matrix,
  left: number,
  top: number,
): Place | null {
  const row = Math.floor((top - plot.top) / rowHeight);
  if (row < 0 || row >= outputSteps.length) return null;
  if (left < plot.left || left > plot.left + plot.width) return null;
  const t = Math.min(timesteps - 1, Math.max(0, Math.round(x.reverse(left))));
  return { row, t };
}

/** The row of an output step; null where it is not among them. */
export function rowOf({ outputSteps }: Matrix, outputStep: number): number | null {
  const row = nearestIndex(outputSteps, outputStep);
  return outputSteps[row] === outputStep ? row : null;
}

/** The row from which the keys set out: the one looked at, or the nearest to the recorded output. */
export function rowBeside(
  matrix: Matrix,
  row: number | null,
  recorded: number,
  by: number,
): number {
  const last = matrix.outputSteps.length - 1;
  const from = row ?? nearestIndex(matrix.outputSteps, recorded);
  return Math.min(last, Math.max(0, from + by));
}

/** Least and greatest of the values less their rows' levels; null where there is none. */
export function extentOf({ log10, states, timesteps }: Matrix, levels: Float64Array): Span | null {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < log10.length; i++) {
    if (states[i] !== 0 || !Number.isFinite(log10[i])) continue;
    const value = log10[i] - levels[Math.floor(i / timesteps)];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}
