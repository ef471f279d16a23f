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
  const keys = new Int32Array(256);
  for (let unit = 0; unit < picture.units; unit++) {
    rank(picture, unit, keys);
    for (let l = 1; l < levels.length; l++) halve(levels[l - 1], levels[l], unit, keys);
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
  const keys = new Int32Array(256);
  const best = new Int32Array(columns);
  for (let row = 0; row < order.length; row++) {
    const to = Math.min(rows - 1, Math.floor(row / group));
    if (row === to * group) best.fill(0);
    const unit = order[row];
    for (let code = 0; code < 256; code++) {
      keys[code] = (salience[256 * unit + code] << 8) | colours[256 * unit + code];
    }
    for (let x = 0, from = unit * columns, at = to * columns; x < columns; x++, from++, at++) {
      const winner = greater(best[x], keys[codes[from]]);
      best[x] = winner;
      pooled[at] = winner & 255;
    }
  }
  return pooled;
}

const NAN_RANK = 1 << 22;
const INFINITE_RANK = 1 << 21;
const FARTHEST = 1 << 20;

/** Keys whose order is the distance from the unit's mean, with the code in their lowest byte. */
function rank(picture: Picture, unit: number, keys: Int32Array): void {
  const centre = codeOf(picture, unit, picture.mean[unit] || 0);
  // A sixteenth of a code tells apart what lies on either side of the mean.
  const ranked = (place: number): number =>
    1 + Math.min(FARTHEST, Math.round(16 * Math.abs(place - centre)) || 0);
  const ranks = [0, NAN_RANK, INFINITE_RANK, INFINITE_RANK, ranked(codeOf(picture, unit, 0))];
  for (let code = 0; code < 256; code++) {
    keys[code] = ((code < FIRST_FINITE ? ranks[code] : ranked(code)) << 8) | code;
  }
}

function halve(fine: Level, coarse: Level, unit: number, keys: Int32Array): void {
  const { codes } = fine;
  const end = (unit + 1) * fine.columns;
  let from = unit * fine.columns;
  let to = unit * coarse.columns;
  for (; from + 1 < end; from += 2, to++) {
    coarse.codes[to] = greater(keys[codes[from]], keys[codes[from + 1]]) & 255;
  }
  if (from < end) {
    coarse.codes[to - 1] = greater(keys[coarse.codes[to - 1]], keys[codes[from]]) & 255;
  }
}

/** The greater of two keys, without a branch: noise would defeat its prediction, at 2.5x the time. */
function greater(a: number, b: number): number {
  const less = a - b;
  return a - (less & (less >> 31));
}
