/** A grid of values as colours: a histogram over time. Where it lies, and what is under a point. */
import { checkAxis, type CheckAxis } from './check_axis';
import {
  MASKED,
  NAN,
  NEGATIVE_INFINITY,
  POSITIVE_INFINITY,
  ZERO,
  type ScaleKind,
} from './colour_palette';
import { colourCode, type ColourScale } from './colour_scale';
import type { Rect } from './heatmap_layout';

export interface HeatInput {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly rows: number;
  readonly columns: number;
  /** `[rows, columns]`, the first row at the bottom. */
  readonly values: ArrayLike<number>;
  /** Left, right, bottom, top. */
  readonly extent: readonly [number, number, number, number];
}

export interface HeatLayout {
  readonly height: number;
  readonly plot: Rect;
  readonly x: CheckAxis;
  readonly y: CheckAxis;
}

const GUTTER = 58;
const RIGHT = 14;
const TOP = 10;
const AXIS = 44;
const PLOT = 190;
const UNCUT = { low: false, high: false };

export function heatLayout({ extent }: HeatInput, width: number): HeatLayout {
  const [left, right, bottom, top] = extent;
  const wide = Math.max(16, Math.floor(width) - GUTTER - RIGHT);
  const plot = { x: GUTTER, y: TOP, width: wide, height: PLOT };
  const axis = (low: number, high: number, from: number, to: number): CheckAxis =>
    checkAxis({ low, high, cut: UNCUT }, false, from, to);
  return {
    height: TOP + PLOT + AXIS,
    plot,
    x: axis(left, right, plot.x, plot.x + wide),
    y: axis(bottom, top, plot.y + PLOT, plot.y),
  };
}

/** From zero, or around it where there are negative values; to the greatest magnitude. */
export function heatScale({ values }: Pick<HeatInput, 'values'>): ColourScale {
  let kind: ScaleKind = 'sequential';
  let limit = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    if (values[i] < 0) kind = 'diverging';
    limit = Math.max(limit, Math.abs(values[i]));
  }
  return { kind, limit: limit || 1 };
}

export interface HeatHit {
  readonly row: number;
  readonly column: number;
  readonly value: number;
  /** The cell's ends. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** The cell under a point; null beside the grid. */
export function heatHit(
  input: HeatInput,
  { plot }: HeatLayout,
  x: number,
  y: number,
): HeatHit | null {
  const column = Math.floor(((x - plot.x) / plot.width) * input.columns);
  const row = Math.floor(((plot.y + plot.height - y) / plot.height) * input.rows);
  const inside = column >= 0 && column < input.columns && row >= 0 && row < input.rows;
  return inside ? heatCell(input, row, column) : null;
}

export function heatCell(input: HeatInput, row: number, column: number): HeatHit {
  const { rows, columns, values, extent } = input;
  const [left, right, bottom, top] = extent;
  const along = (from: number, to: number, i: number, of: number): number =>
    from + ((to - from) * i) / of;
  return {
    row,
    column,
    value: values[row * columns + column],
    x: [along(left, right, column, columns), along(left, right, column + 1, columns)],
    y: [along(bottom, top, row, rows), along(bottom, top, row + 1, rows)],
  };
}

/** The look of a value. */
export function heatCode(scale: ColourScale, value: number): number {
  if (Number.isNaN(value)) return NAN;
  if (!Number.isFinite(value)) return value > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY;
  return value === 0 ? ZERO : colourCode(scale, value);
}

/** How much a value stands out: of cells that share a pixel the one that does so most is shown. */
function salience(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : Infinity;
}

/** Fills a bitmap, its first row on top, with the grid; no cell that stands out is lost. */
export function fillHeat(
  pixels: Uint32Array,
  size: { readonly width: number; readonly height: number },
  { rows, columns, values }: HeatInput,
  scale: ColourScale,
  colours: Uint32Array,
): void {
  for (let y = 0; y < size.height; y++) {
    const up = size.height - 1 - y;
    const [bottom, top] = span(up, size.height, rows);
    for (let x = 0; x < size.width; x++) {
      const [left, right] = span(x, size.width, columns);
      let shown = NaN;
      let most = -1;
      for (let row = bottom; row < top; row++) {
        for (let column = left; column < right; column++) {
          const value = values[row * columns + column];
          if (salience(value) > most) [shown, most] = [value, salience(value)];
        }
      }
      pixels[y * size.width + x] = colours[most < 0 ? MASKED : heatCode(scale, shown)];
    }
  }
}

/** The cells that a pixel covers: one at least. */
function span(pixel: number, pixels: number, cells: number): readonly [number, number] {
  const from = Math.floor((pixel * cells) / pixels);
  return [from, Math.max(from + 1, Math.ceil(((pixel + 1) * cells) / pixels - 1e-9))];
}

/** Looks that occur, for the legend. */
export function heatLooks({ values }: HeatInput): ReadonlySet<number> {
  const found = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) found.add(NAN);
    else if (!Number.isFinite(value)) found.add(value > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
    else if (value === 0) found.add(ZERO);
  }
  return found;
}
