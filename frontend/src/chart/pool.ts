/**
 * Peak-preserving reduction: no cell that stands out is lost, however small the picture.
 *
 * Along time, each coarser level keeps, of two neighbours, the one further from the unit's mean;
 * of rows that share a pixel, the one that stands out furthest on the shared scale is seen. An odd
 * last cell joins its neighbours, so that no cell of a level is narrower than the others.
 */
import type { ColourTables } from './colour_scale';
import { codeOf, columnsOf, FIRST_FINITE, type Picture } from './heatmap_picture';

export interface Level {
  readonly columns: number;
  /** `[units, columns]` picture codes. */
  readonly codes: Uint8Array;
}

/** Levels stop here: no picture is painted narrower. */
const NARROWEST = 32;

/** The picture and its ever coarser reductions along time; level 0 is the picture itself. */
export function timeLevels(picture: Picture): readonly Level[] {
  const levels: Level[] = [{ columns: columnsOf(picture), codes: picture.codes }];
  for (let columns = columnsOf(picture) >> 1; columns >= NARROWEST; columns >>= 1) {
    levels.push({ columns, codes: new Uint8Array(picture.units * columns) });
  }
  const weights = new Float32Array(256);
  for (let unit = 0; unit < picture.units; unit++) {
    weigh(picture, unit, weights);
    for (let l = 1; l < levels.length; l++) halve(levels[l - 1], levels[l], unit, weights);
  }
  return levels;
}

/** The least exponent e, at most `most`, so that cells of 2^e are no narrower than a pixel. */
export function exponentFor(cellsPerPixel: number, most: number): number {
  let exponent = 0;
  // A hair of tolerance, or rounding in the view would coarsen an exact fit.
  while (exponent < most && cellsPerPixel > (1 << exponent) * (1 + 1e-9)) exponent++;
  return exponent;
}

/** How many rows remain when `group` neighbours become one; the last takes up to 2 group - 1. */
export function pooledRows(rows: number, group: number): number {
  return Math.max(1, Math.floor(rows / group));
}

/** A level with `group` neighbouring rows pooled, as colour codes `[pooledRows, columns]`. */
export function poolRows(
  level: Level,
  order: ArrayLike<number>,
  group: number,
  { colours, salience }: ColourTables,
): Uint8Array {
  const { columns, codes } = level;
  const rows = pooledRows(order.length, group);
  const pooled = new Uint8Array(rows * columns);
  const best = new Uint8Array(columns);
  for (let row = 0; row < order.length; row++) {
    const to = Math.min(rows - 1, Math.floor(row / group));
    if (row === to * group) best.fill(0);
    const unit = order[row];
    const weights = salience.subarray(256 * unit, 256 * unit + 256);
    const looks = colours.subarray(256 * unit, 256 * unit + 256);
    for (let x = 0, from = unit * columns, at = to * columns; x < columns; x++, from++, at++) {
      const weight = weights[codes[from]];
      if (weight > best[x]) {
        best[x] = weight;
        pooled[at] = looks[codes[from]];
      }
    }
  }
  return pooled;
}

/** How far each code of a unit lies from its mean; NaN beats all, masked loses to all. */
function weigh(picture: Picture, unit: number, weights: Float32Array): void {
  const centre = codeOf(picture, unit, picture.mean[unit] || 0);
  weights.set([-1, Infinity, 1e9, 1e9, Math.abs(codeOf(picture, unit, 0) - centre)]);
  for (let code = FIRST_FINITE; code < 256; code++) weights[code] = Math.abs(code - centre);
}

function halve(fine: Level, coarse: Level, unit: number, weights: Float32Array): void {
  const { codes } = fine;
  const end = (unit + 1) * fine.columns;
  let from = unit * fine.columns;
  let to = unit * coarse.columns;
  for (; from + 1 < end; from += 2, to++) {
    const first = codes[from];
    const second = codes[from + 1];
    coarse.codes[to] = weights[second] > weights[first] ? second : first;
  }
  if (from < end && weights[codes[from]] > weights[coarse.codes[to - 1]]) {
    coarse.codes[to - 1] = codes[from];
  }
}
