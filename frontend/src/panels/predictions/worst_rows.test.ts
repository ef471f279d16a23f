import { describe, expect, it } from 'vitest';
import type { Table } from './table';
import { rowLists } from './worst_rows';

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);

function table(
  task: Table['task'],
  label: readonly number[],
  prediction: readonly number[],
  baseline: readonly number[] | null,
  users: readonly number[] | null = null,
): Table {
  return {
    ...{ step: 1, task, rows: label.length, classes: null, label: floats(label) },
    model: { prediction: floats(prediction), probability: null },
    baseline: baseline && { prediction: floats(baseline), probability: null },
    group: users && { name: 'user', values: Uint32Array.from(users), names: ['a', 'b', 'c', 'd'] },
    ...{ time: null, columns: [], kept: null, analysis: null, damage: [] },
  };
}

function found(
  of: Table,
  options: { mask?: readonly number[]; onePerUser?: boolean; most?: number } = {},
) {
  const { mask, onePerUser = false, most = 9 } = options;
  const lists = rowLists(of, { mask: mask ? Uint8Array.from(mask) : null, onePerUser, most });
  return Object.fromEntries(lists.map(({ title, rows }) => [title, rows]));
}

const BINARY = table(
  'binary',
  [0, 0, 1, 1, NaN, 0],
  [0.9, 0.2, 0.1, 0.95, 0.99, 0.8],
  [0.5, 0.1, 0.3, 0.5, 0.5, 0.9],
  [0, 0, 1, 2, 3, 0],
);

describe('rows to look at first', () => {
  it('of two classes', () => {
    expect(found(BINARY)).toEqual({
      'False positives': [0, 5, 1],
      'False negatives': [2, 3],
      Wins: [5, 3],
      Losses: [0, 2, 1],
    });
  });

  it('are one of each user, within the selection, and so many', () => {
    expect(found(BINARY, { onePerUser: true })['False positives']).toEqual([0]);
    expect(found(BINARY, { mask: [0, 1, 1, 1, 1, 1] })['False positives']).toEqual([5, 1]);
    expect(found(BINARY, { most: 1 })['False positives']).toEqual([0]);
  });

  it('without a baseline the best are those of the smallest loss', () => {
    const lists = found(table('binary', [1, 0, 1], [0.9, 0.05, 0.2], null));
    expect(Object.keys(lists)).toEqual(['False positives', 'False negatives', 'Best']);
    expect(lists['Best']).toEqual([1, 0, 2]);
  });

  it('of values', () => {
    const lists = found(table('regression', [1, 2, 3, NaN], [3, 1, 3, 9], [1, 9, 3, 9]));
    expect(lists).toEqual({ Overestimates: [0], Underestimates: [1], Wins: [1], Losses: [0] });
  });

  it('of several classes', () => {
    const of = { ...table('multiclass', [0, 1, 2], [0, 2, 0], null) };
    const model = { prediction: floats([0, 2, 0]), probability: floats([0.9, 0.3, 0.1]) };
    expect(found({ ...of, model })['Largest errors']).toEqual([2, 1]);
  });

  it('of a table without labels are none', () => {
    for (const rows of Object.values(found(table('binary', [NaN, NaN], [0.1, 0.9], [0.5, 0.5])))) {
      expect(rows).toEqual([]);
    }
  });
});
