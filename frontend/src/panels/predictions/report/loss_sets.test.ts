import { describe, expect, it } from 'vitest';
import type { Column, Table } from '../table';
import { compareSides, LOSS, lossSets, WIN } from './loss_sets';

/** A regression whose errors are given; the baseline's, where there is one, are 10. */
function table(
  errors: readonly number[],
  users: readonly number[] | null,
  baseline = false,
): Table {
  const zeros = new Float32Array(errors.length);
  const scores = (prediction: Float32Array) => ({ prediction, probability: null });
  const group: Column | null = users && {
    name: 'user',
    values: Uint32Array.from(users),
    names: Array.from({ length: Math.max(...users) + 1 }, (_, i) => `user ${i}`),
  };
  return {
    ...{ task: 'regression', rows: errors.length, label: zeros, group, columns: [] },
    model: scores(Float32Array.from(errors)),
    baseline: baseline ? scores(zeros.map(() => 10)) : null,
  } as unknown as Table;
}

const rowsOf = (sides: Uint8Array, side: number): number[] =>
  [...sides.keys()].filter((row) => sides[row] === side);

describe('losses and wins', () => {
  it('are the worst and the best tenth', () => {
    const { sides } = lossSets(
      table(
        Array.from({ length: 20 }, (_, i) => i),
        null,
      ),
    );
    expect(rowsOf(sides, LOSS)).toEqual([18, 19]);
    expect(rowsOf(sides, WIN)).toEqual([0, 1]);
  });
  it('are no more than a tenth where many are alike, and leave out what has no label', () => {
    const errors = Array.from({ length: 31 }, (_, i) => (i === 0 ? NaN : 1));
    const { sides } = lossSets(table(errors, null));
    expect(rowsOf(sides, LOSS)).toEqual([1, 2, 3]);
    expect(rowsOf(sides, WIN)).toEqual([28, 29, 30]);
  });
  it('beside a baseline are rows where it is better or worse at all', () => {
    const errors = [12, 10, 10, 9, ...Array.from({ length: 26 }, () => 10)];
    const { sides } = lossSets(table(errors, null, true));
    expect(rowsOf(sides, LOSS)).toEqual([0]);
    expect(rowsOf(sides, WIN)).toEqual([3]);
  });
  it('of fewer than ten rows are none', () => {
    expect(Math.max(...lossSets(table([1, 2, 3], null)).sides)).toBe(0);
  });
});

describe('a condition', () => {
  const count = 2000;
  const errors = Array.from({ length: count }, (_, i) => i);
  // Half of the losses, a quarter of the wins.
  const mask = Uint8Array.from(errors, (i) => Number(i >= 1800 ? i % 2 === 0 : i % 4 === 0));

  it('is counted on either side', () => {
    const known = table(errors, null);
    const { losses, wins, difference } = compareSides(known, lossSets(known), mask);
    expect([losses.count, losses.rows, wins.count, wins.rows]).toEqual([100, 200, 50, 200]);
    expect(difference.value).toBeCloseTo(0.25, 12);
  });
  it('has the textbook interval where every row stands for itself', () => {
    const known = table(errors, null);
    const { difference } = compareSides(known, lossSets(known), mask);
    const error = Math.sqrt(0.25 / 200 + 0.1875 / 200);
    // t with 199 degrees of freedom: 1.97196.
    expect((difference.high - difference.low) / 2).toBeCloseTo(
      1.97196 * error * Math.sqrt(200 / 199),
      6,
    );
  });
  it('of users whose rows are all alike is as uncertain as their number says', () => {
    const copies = 4;
    const many = errors.flatMap((error) => Array.from({ length: copies }, () => error));
    const users = many.map((error) => error);
    const wide = Uint8Array.from(many, (error) => mask[error]);
    const alone = table(errors, null);
    const together = table(many, users);
    const [one, four] = [
      compareSides(alone, lossSets(alone), mask),
      compareSides(together, lossSets(together), wide),
    ];
    expect(four.losses.rows).toBe(copies * one.losses.rows);
    expect(four.difference.low).toBeCloseTo(one.difference.low, 9);
    expect(four.losses.groups).toBe(one.losses.count);
  });
  it('of too few users has no interval', () => {
    const few = table(
      errors,
      errors.map((i) => i % 3),
    );
    expect(compareSides(few, lossSets(few), mask).difference.low).toBeNaN();
  });
});
