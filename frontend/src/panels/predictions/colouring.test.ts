import { describe, expect, it } from 'vitest';
import { MISSING_CODE } from '../../chart/scatter_colour';
import { colourChoices, colouring } from './colouring';
import type { Table } from './table';

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);

function table(more: Partial<Table> = {}): Table {
  return {
    ...{ step: 1, task: 'binary', rows: 3, classes: ['well', 'ill'], label: floats([0, 1, NaN]) },
    model: { prediction: floats([0.1, 0.1, 0.5]), probability: null },
    baseline: { prediction: floats([0.5, 0.5, 0.5]), probability: null },
    ...{ group: null, time: null, columns: [], kept: null, analysis: null, damage: [] },
    ...more,
  };
}

describe('the colours', () => {
  it('of labels, missing ones last', () => {
    const { codes, entries } = colouring(table(), 'label', 'light');
    expect([...codes]).toEqual([0, 1, 2]);
    expect(entries?.map(({ name, rows }) => [name, rows])).toEqual([
      ['well', 1],
      ['ill', 1],
      ['missing', 1],
    ]);
  });

  it('of sixty categories: the most frequent have their own, the others share one', () => {
    const names = Array.from({ length: 60 }, (_, i) => `<b>${i}</b>`);
    const values = Uint32Array.from({ length: 600 }, (_, i) => Math.floor(Math.sqrt(6 * i)) % 60);
    values[0] = 0xffffffff;
    const columns = [{ name: 'town', values, names }];
    const { codes, entries } = colouring(table({ columns, rows: 600 }), 'column:town', 'dark');
    expect(entries).toHaveLength(11);
    const there = new Set(values.subarray(1)).size;
    expect(entries?.[9].name).toBe(`${there - 9} others`);
    expect(entries?.reduce((sum, { rows }) => sum + rows, 0)).toBe(600);
    expect(codes[0]).toBe(10);
    const counted = entries!.map((_, code) => codes.filter((one) => one === code).length);
    expect(counted).toEqual(entries!.map(({ rows }) => rows));
  });

  it('of wins and losses: even in the middle, wins above', () => {
    const { codes, ramp } = colouring(table(), 'gain', 'light');
    expect(codes[0]).toBeGreaterThan(127);
    expect(codes[1]).toBeLessThan(127);
    expect(codes[2]).toBe(MISSING_CODE);
    expect(ramp?.missing).toBe(1);
  });

  it('of numbers: one outlier does not take the ramp from the others', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => i);
    values[999] = 1e9;
    values[0] = NaN;
    const columns = [{ name: 'age', values, names: null }];
    const { codes } = colouring(table({ columns, rows: 1000 }), 'column:age', 'light');
    expect(codes[0]).toBe(MISSING_CODE);
    expect(codes[999]).toBe(254);
    expect(codes[500]).toBeGreaterThan(110);
    expect(codes[500]).toBeLessThan(140);
  });

  it('have nothing to say of labels where there are none', () => {
    const keys = colourChoices(table({ label: floats([NaN]), rows: 1 })).map(({ key }) => key);
    expect(keys).toEqual(['none']);
  });
});
