/** A measure of every layer at one step, from the input at the top down to the output. */
import type { Rect } from './heatmap_layout';
import { groupsOf, type LayerRow } from './layers';
import { layersHeight, rowTop, TOP } from './layers_layout';
import { decadeScale, type DecadeScale } from './layers_scale';
import { decade, decadeTicks } from './ticks';

/** One run at one step. */
export interface DepthCurve {
  readonly run: string;
  readonly step: number;
  readonly colour: string;
  /** Of the rows of the figure, by row; NaN where not measured. */
  readonly values: Float64Array;
  /** How many entries are NaN or infinite, by row. */
  readonly broken: Float64Array;
  /** An earlier step: 0 the first, towards 1 the newest; null for the step that is looked at. */
  readonly age: number | null;
  /** The run whose every row is marked; others are lines alone. */
  readonly focus: boolean;
  /** Another step that it is compared with. */
  readonly dashed: boolean;
}

export interface DepthInput {
  readonly rows: readonly LayerRow[];
  /** Drawn in this order, one over the other. */
  readonly curves: readonly DepthCurve[];
  /** What is usual, as an exponent of ten; null where nothing is. */
  readonly usual: number | null;
  /** Names of the rows at the left; none where they stand beside the picture already. */
  readonly named: boolean;
}

export interface DepthMark {
  readonly x: number;
  readonly y: number;
  readonly row: number;
  /** Of a row that is not on the line: a bias beside its kernel. */
  readonly hollow: boolean;
}

export interface DepthLine {
  readonly curve: DepthCurve;
  /** Stretches of the line between places where nothing can be drawn. */
  readonly paths: readonly (readonly DepthMark[])[];
  readonly marks: readonly DepthMark[];
  /** Rows that are exactly zero, at the left of the plot. */
  readonly zeros: readonly number[];
  /** Rows with NaN or infinities, at its right. */
  readonly broken: readonly number[];
}

export interface DepthLayout {
  readonly height: number;
  readonly names: Rect;
  readonly strip: Rect;
  readonly plot: Rect;
  /** Where exact zeros and where broken rows are marked; as wide as 0 where there are none. */
  readonly zeroLane: Rect;
  readonly brokenLane: Rect;
  readonly scale: DecadeScale;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
  /** The usual value and the decade around it, as places; null where nothing is usual. */
  readonly usual: { readonly x: number; readonly from: number; readonly to: number } | null;
  readonly lines: readonly DepthLine[];
}

const AXIS = 26;
const RIGHT = 16;
const LANE = 18;
const MOST_DECADES = 16;

export function depthLayout(input: DepthInput, width: number): DepthLayout {
  const { rows, curves, named } = input;
  const height = layersHeight(rows.length);
  const gutter = named ? Math.min(190, Math.max(96, Math.round(0.26 * width))) : 0;
  const x = named ? gutter + 8 : 16;
  const hasZero = curves.some((curve) => zerosOf(curve).length > 0);
  const hasBroken = curves.some((curve) => brokenOf(curve).length > 0);
  const [zero, broken] = [hasZero ? LANE : 0, hasBroken ? LANE : 0];
  const wide = Math.max(16, Math.floor(width) - x - RIGHT - zero - broken);
  const plot = { x: x + zero, y: TOP, width: wide, height };
  const scale = decadeScale(everything(curves), MOST_DECADES);
  const place = placeOf(scale, plot);
  return {
    height: TOP + height + AXIS,
    names: { x: 0, y: TOP, width: Math.max(0, gutter - 6), height },
    strip: { x: gutter, y: TOP, width: named ? 4 : 0, height },
    plot,
    zeroLane: { x, y: TOP, width: zero, height },
    brokenLane: { x: plot.x + wide, y: TOP, width: broken, height },
    scale,
    ticks: ticksOf(scale, place, plot, { left: zero > 0, right: broken > 0 }),
    usual: input.usual === null ? null : around(input.usual, scale, place),
    lines: curves.map((curve) => depthLine(rows, curve, plot, place)),
  };
}

/** The names of the lanes stand on the line of the ticks: none of those may touch them. */
function ticksOf(
  { low, high }: DecadeScale,
  place: (value: number) => number,
  { x, width }: Rect,
  lanes: { readonly left: boolean; readonly right: boolean },
): DepthLayout['ticks'] {
  const from = x + (lanes.left ? LANE : -1);
  const to = x + width - (lanes.right ? LANE : -1);
  return decadeTicks(low, high, width / 38)
    .map((exponent) => ({ x: place(10 ** exponent), label: decade(exponent) }))
    .filter((tick) => tick.x >= from && tick.x <= to);
}

function around(
  usual: number,
  { low, high }: DecadeScale,
  place: (value: number) => number,
): DepthLayout['usual'] {
  if (usual - 1 > high || usual + 1 < low) return null;
  const at = (exponent: number): number => place(10 ** Math.min(high, Math.max(low, exponent)));
  return { x: at(usual), from: at(usual - 1), to: at(usual + 1) };
}

function placeOf({ low, high }: DecadeScale, plot: Rect): (value: number) => number {
  return (value) => {
    const share = (Math.log10(value) - low) / (high - low);
    return plot.x + Math.min(1.01, Math.max(-0.01, share)) * plot.width;
  };
}

function* everything(curves: readonly DepthCurve[]): Iterable<number> {
  for (const { values } of curves) yield* values;
}

function isBroken({ values, broken }: DepthCurve, row: number): boolean {
  return broken[row] > 0 || Math.abs(values[row]) === Infinity;
}

function zerosOf(curve: DepthCurve): number[] {
  return where(curve, (row) => curve.values[row] === 0 && !isBroken(curve, row));
}

function brokenOf(curve: DepthCurve): number[] {
  return where(curve, (row) => isBroken(curve, row));
}

function where({ values }: DepthCurve, holds: (row: number) => boolean): number[] {
  return Array.from(values, (_, row) => row).filter(holds);
}

/** The row of each layer that its line goes through: the first matrix, or else the first row. */
export function lineRows(rows: readonly LayerRow[]): readonly number[] {
  return groupsOf(rows).map(({ from, to }) => {
    for (let row = from; row < to; row++) if (rows[row].kind !== 'vector') return row;
    return from;
  });
}

function depthLine(
  rows: readonly LayerRow[],
  curve: DepthCurve,
  plot: Rect,
  place: (value: number) => number,
): DepthLine {
  const onLine = lineRows(rows);
  const markOf = (row: number): DepthMark | null => {
    const value = curve.values[row];
    if (!(value > 0) || isBroken(curve, row)) return null;
    const y = (rowTop(plot, rows.length, row) + rowTop(plot, rows.length, row + 1)) / 2;
    return { x: place(value), y, row, hollow: !onLine.includes(row) };
  };
  const paths: DepthMark[][] = [[]];
  for (const row of onLine) {
    const mark = markOf(row);
    if (mark) paths[paths.length - 1].push(mark);
    // What was not measured is passed over; what is zero or broken ends the line.
    else if (!Number.isNaN(curve.values[row]) || isBroken(curve, row)) paths.push([]);
  }
  return {
    curve,
    paths: paths.filter(({ length }) => length > 0),
    marks: rows.flatMap((_, row) => markOf(row) ?? []),
    zeros: zerosOf(curve),
    broken: brokenOf(curve),
  };
}

/** The row under a point, or null. */
export function depthRowAt({ plot, height }: DepthLayout, rows: number, y: number): number | null {
  const row = Math.floor(((y - plot.y) / plot.height) * rows);
  return y >= 0 && y < height && row >= 0 && row < rows ? row : null;
}
