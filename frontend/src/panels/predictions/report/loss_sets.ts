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
  readonly groups: number;
}

export interface Comparison {
  readonly losses: SideShare;
  readonly wins: SideShare;
  /** Share among the losses - share among the wins, with its 95 % interval. */
  readonly difference: Interval;
}

const SHARE = 0.1;
const known = new WeakMap<Table, LossSets>();

/** Made once for each table. */
export function lossSets(table: Table): LossSets {
  const found = known.get(table);
  if (found) return found;
  const made = chosen(table);
  known.set(table, made);
  return made;
}

function chosen(table: Table): LossSets {
  const { gain } = lossesOf(table);
  const sorted = gain.filter((value) => !Number.isNaN(value)).sort();
  const count = Math.max(1, Math.floor(SHARE * sorted.length));
  const [low, high] = [sorted[count - 1], sorted[sorted.length - count]];
  const sides = Uint8Array.from(gain, (value) => (value <= low ? LOSS : value >= high ? WIN : 0));
  const what = table.baseline ? 'gain on the baseline' : 'loss';
  return { sides, rule: `the tenth of the rows with the worst ${what}, against the best tenth` };
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
  const least = Math.min(losses.groups, wins.groups);
  const half = least > 1 ? 1.96 * error * Math.sqrt(least / (least - 1)) : NaN;
  return { losses, wins, difference: { value, low: value - half, high: value + half } };
}

function sideShare(
  sides: Uint8Array,
  side: number,
  mask: Uint8Array,
  codeOf: (row: number) => number,
  groups: number,
): SideShare {
  const seen = new Uint8Array(groups);
  const found = { count: 0, rows: 0, groups: 0 };
  for (let row = 0; row < sides.length; row++) {
    const code = codeOf(row);
    if (sides[row] !== side || code >= groups) continue;
    found.rows++;
    found.count += mask[row];
    found.groups += 1 - seen[code];
    seen[code] = 1;
  }
  return found;
}
