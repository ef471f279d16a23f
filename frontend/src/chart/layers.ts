/** Measures of layers or of their weights over the training steps, as a picture for the heatmap. */
import { FIRST_FINITE, type Picture } from './heatmap_picture';
import { heatmap, type Heatmap } from './heatmap';
import { shadeOf, shadeScale, type DecadeScale } from './layers_scale';

/** What a row is: a matrix is what a layer multiplies with, a vector what it adds or scales with. */
export type RowKind = 'matrix' | 'vector' | 'output';

export interface LayerRow {
  /** The whole name: "conv_1/kernel". */
  readonly name: string;
  readonly layer: string;
  /** Its name within the layer: "kernel". */
  readonly label: string;
  readonly kind: RowKind;
}

/** One measure of every row at every recorded step. */
export interface LayerTable {
  readonly rows: readonly LayerRow[];
  /** Ascending. */
  readonly steps: readonly number[];
  /** `[rows, steps]`; NaN where it was not measured. */
  readonly values: Float64Array;
  /** `[rows, steps]`: how many entries were NaN or infinite; such a cell is marked, not measured. */
  readonly broken: Float64Array;
}

export interface LayerMap {
  readonly table: LayerTable;
  readonly scale: DecadeScale;
  readonly map: Heatmap;
}

const MASKED = 0;
const NAN = 1;
const POSITIVE_INFINITY = 3;
const ZERO = 4;
const CODES = 250;

export function cellOf({ steps }: LayerTable, row: number, column: number): number {
  return row * steps.length + column;
}

export function layerMap(table: LayerTable, scale: DecadeScale): LayerMap {
  const colours = shadeScale(scale);
  // Room beyond both ends, so that what is cut off keeps the look of it.
  const margin = (4 * colours.limit) / CODES;
  const low = (scale.kind === 'diverging' ? -colours.limit : 0) - margin;
  const high = colours.limit + margin;
  const rows = table.rows.length;
  const codes = Uint8Array.from(table.values, (value, i) => {
    if (table.broken[i] > 0) return NAN;
    if (Number.isNaN(value)) return MASKED;
    if (value === Infinity) return POSITIVE_INFINITY;
    if (value === 0) return ZERO;
    const share = (shadeOf(scale, value) - low) / (high - low);
    return FIRST_FINITE + Math.round(CODES * Math.min(1, Math.max(0, share)));
  });
  const picture: Picture = {
    units: rows,
    steps: table.steps.length,
    stride: 1,
    codes,
    low: new Float64Array(rows).fill(low),
    high: new Float64Array(rows).fill(high),
    mean: Float64Array.from(table.rows, (_, row) => rowMean(table, scale, row)),
  };
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  return { table, scale, map: heatmap(picture, order, colours) };
}

/** The mean shade of a row: of several cells on one pixel, the one furthest from it is shown. */
function rowMean(table: LayerTable, scale: DecadeScale, row: number): number {
  const from = cellOf(table, row, 0);
  let [sum, count] = [0, 0];
  for (const value of table.values.subarray(from, from + table.steps.length)) {
    if (!(value > 0) || value === Infinity) continue;
    sum += shadeOf(scale, value);
    count++;
  }
  return count > 0 ? sum / count : 0;
}

/** Rows of one layer that stand together. */
export interface LayerGroup {
  readonly layer: string;
  /** Rows `from <= row < to`. */
  readonly from: number;
  readonly to: number;
}

export function groupsOf(rows: readonly LayerRow[]): readonly LayerGroup[] {
  const groups: { layer: string; from: number; to: number }[] = [];
  rows.forEach(({ layer }, row) => {
    const last = groups[groups.length - 1];
    if (last?.layer === layer) last.to = row + 1;
    else groups.push({ layer, from: row, to: row + 1 });
  });
  return groups;
}
