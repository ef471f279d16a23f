import { describe, expect, it } from 'vitest';
import type { ScatterAxis } from '../../chart/scatter';
import { conditionRows, countOf, selectedRows } from './selected_rows';
import type { Table } from './table';

const axis = (at: readonly number[]): ScatterAxis => ({
  name: '',
  at: Float32Array.from(at),
  whole: [0, 9],
  ticks: () => [],
});

const X = axis([1, 2, 3, 4]);
const Y = axis([1, 2, 3, NaN]);
const CODES = Uint8Array.from([0, 1, 1, 1]);
const BRUSH = { left: 1.5, right: 9, bottom: 0, top: 9 };
const CONDITION = Uint8Array.from([1, 1, 0, 1]);

describe('rows are selected', () => {
  it.each([
    ['by nothing', null, null, null, null],
    ['by the rectangle', BRUSH, null, null, [0, 1, 1, 0]],
    ['by the category', null, 1, null, [0, 1, 1, 1]],
    ['by the first category', null, 0, null, [1, 0, 0, 0]],
    ['by the condition', null, null, CONDITION, [1, 1, 0, 1]],
    ['by all that is asked for', BRUSH, 1, CONDITION, [0, 1, 0, 0]],
  ])('%s', (_, brush, category, condition, rows) => {
    const found = selectedRows(X, Y, { brush, category, codes: CODES, condition });
    expect(found && [...found]).toEqual(rows);
    if (found) expect(countOf(found)).toBe(rows!.filter(Boolean).length);
  });
});

describe('a condition', () => {
  const columns = [{ name: 'age', values: Float32Array.of(40, 70), names: null }];
  const table = { rows: 2, columns } as unknown as Table;

  it('marks the rows for which it holds', () => {
    expect([...conditionRows(table, 'age > 60').mask!]).toEqual([0, 1]);
  });

  it.each([[null], [''], ['  ']])('of %j is none', (text) => {
    expect(conditionRows(table, text)).toEqual({ mask: null, error: null });
  });

  it.each([['age >'], ['height > 2']])('that can’t be read says why: %s', (text) => {
    const { mask, error } = conditionRows(table, text);
    expect(mask).toBeNull();
    expect(error).not.toBe('');
  });
});
