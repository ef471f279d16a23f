/**
 * Which rows are losses and which are wins, and how common a condition is among either. Twin of
 * tb_deepdebug/analysis/patterns.py.
 */
import type { Interval } from '../../../chart/forest';
import { lossesOf } from '../losses';
import { groupCodes } from '../row_metrics';
import type { Table } from '../table';

export const LOSS = 1;
export const WIN = 2;

export interface LossSets {
  /** LOSS, WIN or 0 for each row. */
  readonly sides: Uint8Array;
  /** How the rows were chosen, in words. */
  readonly rule: string;
}

export interface SideShare {
  readonly count: number;
  readonly rows: number;
  /** Groups of the rows that are counted. */
  readonly groups: number;
  /** Groups of all rows of the side. */
  readonly witnesses: number;
}

export interface Comparison {
  readonly losses: SideShare;
  readonly wins: SideShare;
  /** Share among the losses - share among the wins, with its 95 % interval. */
  readonly difference: Interval;
}

/** The share of the rows that are losses, and that are wins. */
const TAIL = 0.1;
const known = new WeakMap<Table, LossSets>();

/** Made once for each table. */
export function lossSets(table: Table): LossSets {
  const found = known.get(table);
  if (found) return found;
  const made = chosen(table);
  known.set(table, made);
  return made;
}

/**
 * The tenth of the rows that the model gets most wrong, and that it gets most right. Where there is
 * a baseline, by how much better than it the model does: rows where it does no worse are no losses,
 * rows where it does no better no wins.
 */
function chosen(table: Table): LossSets {
  const { gain } = lossesOf(table);
  const sorted = gain.filter((value) => !Number.isNaN(value)).sort();
  const count = Math.floor(TAIL * sorted.length);
  const sides = new Uint8Array(gain.length);
  if (count === 0) return { sides, rule: 'none: there are fewer than ten rows' };
  const low = tail(gain, sorted[count - 1], count, 1);
  const high = tail(gain, sorted[sorted.length - count], count, -1);
  for (let row = 0; row < gain.length; row++) {
    if (low[row] === 1 && !(table.baseline && gain[row] >= 0)) sides[row] = LOSS;
    if (high[row] === 1 && !(table.baseline && gain[row] <= 0)) sides[row] = WIN;
  }
  const rule = table.baseline
    ? 'the tenth of the rows where the model is most behind the baseline, against the tenth where it is most ahead'
    : 'the tenth of the rows with the highest loss, against the tenth with the lowest';
  return { sides, rule };
}

/** `count` rows up to a bound (`way` 1) or from it (-1); of rows on the bound the outermost. */
function tail(gain: Float32Array, bound: number, count: number, way: 1 | -1): Uint8Array {
  const taken = new Uint8Array(gain.length);
  let left = count;
  for (let row = 0; row < gain.length; row++) {
    if (way * gain[row] >= way * bound || Number.isNaN(gain[row])) continue;
    taken[row] = 1;
    left--;
  }
  for (let i = 0; i < gain.length && left > 0; i++) {
    const row = way === 1 ? i : gain.length - 1 - i;
    if (gain[row] !== bound) continue;
    taken[row] = 1;
    left--;
  }
  return taken;
}

/** How common the rows of a mask are among losses and wins. */
export function compareSides(table: Table, { sides }: LossSets, mask: Uint8Array): Comparison {
  const codes = groupCodes(table);
  const count = codes?.count ?? table.rows;
  const codeOf = (row: number): number => (codes ? codes.codes[row] : row);
  const [losses, wins] = [LOSS, WIN].map((side) => sideShare(sides, side, mask, codeOf, count));
  // The linearised difference of two ratios, summed by user first: how much each user moves it.
  const influence = new Float64Array(count);
  const [lossMean, winMean] = [losses.count / losses.rows, wins.count / wins.rows];
  for (let row = 0; row < sides.length; row++) {
    const code = codeOf(row);
    if (sides[row] === 0 || code >= count) continue;
    influence[code] +=
      sides[row] === LOSS
        ? (mask[row] - lossMean) / losses.rows
        : -(mask[row] - winMean) / wins.rows;
  }
  const value = lossMean - winMean;
  const error = Math.sqrt(influence.reduce((sum, one) => sum + one * one, 0));
  const half = halfWidth(error, Math.min(losses.witnesses, wins.witnesses));
  return { losses, wins, difference: { value, low: value - half, high: value + half } };
}

/** With fewer users there is no saying how they differ. */
const FEWEST_GROUPS = 5;

/** Of a 95 % interval: Student's t (Abramowitz and Stegun, 26.7.5), as in stats/student.py. */
function halfWidth(error: number, groups: number): number {
  if (groups < FEWEST_GROUPS) return NaN;
  const z = 1.959963984540054;
  const n = groups - 1;
  const quantile =
    z +
    (z ** 3 + z) / (4 * n) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3);
  return quantile * error * Math.sqrt(groups / n);
}

function sideShare(
  sides: Uint8Array,
  side: number,
  mask: Uint8Array,
  codeOf: (row: number) => number,
  groups: number,
): SideShare {
  const seen = new Uint8Array(groups);
  const counted = new Uint8Array(groups);
  const found = { count: 0, rows: 0, groups: 0, witnesses: 0 };
  for (let row = 0; row < sides.length; row++) {
    const code = codeOf(row);
    if (sides[row] !== side || code >= groups) continue;
    found.rows++;
    found.count += mask[row];
    found.witnesses += 1 - seen[code];
    seen[code] = 1;
    if (mask[row] === 0) continue;
    found.groups += 1 - counted[code];
    counted[code] = 1;
  }
  return found;
}
