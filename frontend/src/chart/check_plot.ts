/** Lines and histograms of a check: what is drawn, where it lies, and what is under the pointer. */
import { checkAxis, domainOf, fits, type CheckAxis } from './check_axis';
import type { LineLook } from './check_colours';
import type { Rect } from './heatmap_layout';
import { nearestIndex } from './scale';

export interface PlotLine extends LineLook {
  readonly name: string;
  /** Of bars the edges: one more than there are bars. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The interval around `y`; both or none. */
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
}

export interface Reference {
  readonly name: string;
  readonly value: number;
}

export interface PlotInput {
  readonly kind: 'lines' | 'bars';
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly PlotLine[];
  /** Levels of y. */
  readonly references: readonly Reference[];
  readonly logX: boolean;
  readonly logY: boolean;
}

export interface PlacedReference extends Reference {
  readonly y: number;
  /** Where its words stand: apart from the others'. */
  readonly wordsY: number;
}

export interface PlotLayout {
  readonly height: number;
  readonly plot: Rect;
  readonly x: CheckAxis;
  readonly y: CheckAxis;
  readonly references: readonly PlacedReference[];
  /** Places of x that can be read, ascending. */
  readonly stops: Float64Array;
}

const GUTTER = 58;
const RIGHT = 14;
const TOP = 10;
const AXIS = 44;
const PLOT = 190;
const WORDS = 13;

export function plotLayout(input: PlotInput, width: number): PlotLayout {
  const plot = {
    x: GUTTER,
    y: TOP,
    width: Math.max(16, Math.floor(width) - GUTTER - RIGHT),
    height: PLOT,
  };
  const { logX, logY, references, kind } = input;
  const xs = domainOf(everything(input, 'x'), [], logX, false);
  const levels = references.map(({ value }) => value);
  // Bars grow from zero; on a log axis from the lower end.
  const kept = kind === 'bars' ? [0, ...levels] : levels;
  const ys = domainOf(everything(input, 'y'), kept, logY, kind === 'lines');
  const x = checkAxis(trimmed(input, xs), logX, plot.x, plot.x + plot.width);
  const y = checkAxis(grounded(input, ys), logY, plot.y + plot.height, plot.y);
  return {
    height: TOP + PLOT + AXIS,
    plot,
    x,
    y,
    references: placed(references, y, plot),
    stops: stopsOf(input),
  };
}

/** Time and values go from edge to edge: no margin at the sides. */
function trimmed(input: PlotInput, domain: ReturnType<typeof domainOf>) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of everything(input, 'x')) {
    if (!fits(value, input.logX)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low < high ? { ...domain, low, high } : domain;
}

/** Nothing lies below the ground of bars but bars of negative height. */
function grounded({ kind, logY, lines }: PlotInput, domain: ReturnType<typeof domainOf>) {
  if (kind !== 'bars' || logY) return domain;
  return lines.some(({ y }) => y.some((value) => value < 0)) ? domain : { ...domain, low: 0 };
}

function* everything({ lines }: PlotInput, which: 'x' | 'y'): Iterable<number> {
  for (const line of lines) {
    yield* line[which];
    if (which === 'y' && line.low && line.high) {
      yield* line.low;
      yield* line.high;
    }
  }
}

/** The words of close references move apart, from the lowest up, and stay in the plot. */
function placed(
  references: readonly Reference[],
  { scale, log }: CheckAxis,
  plot: Rect,
): readonly PlacedReference[] {
  const inside = references
    .filter(({ value }) => fits(value, log))
    .map((one) => ({ ...one, y: scale.forward(one.value) }))
    .sort((a, b) => b.y - a.y);
  let free = plot.y + plot.height - 2;
  const low = inside.map((one) => {
    const wordsY = Math.min(free, one.y - 3);
    free = wordsY - WORDS;
    return { ...one, wordsY };
  });
  let ceiling = plot.y + WORDS - 2;
  return low
    .reverse()
    .map((one) => {
      const wordsY = Math.max(ceiling, one.wordsY);
      ceiling = wordsY + WORDS;
      return { ...one, wordsY };
    })
    .reverse();
}

function stopsOf({ kind, lines, logX }: PlotInput): Float64Array {
  const found = new Set<number>();
  for (const { x } of lines) {
    const last = kind === 'bars' ? x.length - 1 : x.length;
    for (let i = 0; i < last; i++) {
      const at = kind === 'bars' ? middle(x, i, logX) : x[i];
      if (fits(at, logX)) found.add(at);
    }
  }
  return Float64Array.from(found).sort();
}

function middle(edges: Float64Array, i: number, log: boolean): number {
  return log ? Math.sqrt(edges[i] * edges[i + 1]) : (edges[i] + edges[i + 1]) / 2;
}

/** One line's reading. */
export interface Reading {
  readonly line: PlotLine;
  readonly y: number;
  /** NaN where there is none. */
  readonly low: number;
  readonly high: number;
  /** Of bars the edges, of lines the same place twice. */
  readonly from: number;
  readonly to: number;
}

export interface PlotHit {
  /** The place among `stops`. */
  readonly stop: number;
  /** In pixels. */
  readonly x: number;
  readonly readings: readonly Reading[];
}

/** What the lines say nearest to a point; null beside the plot, and where there is nothing. */
export function plotHit(
  input: PlotInput,
  layout: PlotLayout,
  x: number,
  y: number,
): PlotHit | null {
  const { plot, stops } = layout;
  if (x < plot.x - 6 || x > plot.x + plot.width + 6 || y < 0 || y > plot.y + plot.height) {
    return null;
  }
  const stop = nearestStop(layout, x);
  return stops.length === 0 ? null : readAt(input, layout, stop);
}

/** By distance on the screen: on a log axis the middle between two places is not their mean. */
function nearestStop({ stops, x: { scale } }: PlotLayout, x: number): number {
  const at = nearestIndex(stops, scale.reverse(x));
  const away = (i: number): number => Math.abs(scale.forward(stops[i] ?? NaN) - x);
  return [at - 1, at + 1].reduce((best, i) => (away(i) < away(best) ? i : best), at);
}

/** What every line says at one of the stops. */
export function readAt(input: PlotInput, layout: PlotLayout, stop: number): PlotHit {
  const at = layout.stops[stop];
  const read = input.kind === 'bars' ? barAt : pointAt;
  const readings = input.lines.flatMap((line) => read(line, at) ?? []);
  return { stop, x: layout.x.scale.forward(at), readings };
}

function pointAt(line: PlotLine, at: number): Reading | null {
  const i = line.x.indexOf(at);
  if (i < 0) return null;
  return { line, y: line.y[i], low: of(line.low, i), high: of(line.high, i), from: at, to: at };
}

function barAt(line: PlotLine, at: number): Reading | null {
  const bars = Math.min(line.y.length, line.x.length - 1);
  for (let i = 0; i < bars; i++) {
    const [from, to] = [line.x[i], line.x[i + 1]];
    if (at >= from && at < to) {
      return { line, y: line.y[i], low: of(line.low, i), high: of(line.high, i), from, to };
    }
  }
  return null;
}

function of(values: Float64Array | null, i: number): number {
  return values?.[i] ?? NaN;
}

/** Whether some of it lies beyond the axis of y, and is marked at its ends. */
export function outside({ lines, logX, logY }: PlotInput, { y }: PlotLayout): boolean {
  return lines.some((line) =>
    line.y.some((value, i) => {
      if (Number.isNaN(value) || !fits(line.x[i], logX)) return false;
      return !fits(value, logY) || value > y.scale.high || value < y.scale.low;
    }),
  );
}

/** Whether any point has a place on the axes. */
export function drawable({ lines, logX, logY }: PlotInput): boolean {
  return lines.some(({ x, y }) => y.some((value, i) => fits(x[i], logX) && fits(value, logY)));
}
