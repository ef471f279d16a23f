import { describe, expect, it } from 'vitest';
import {
  acrossAxis,
  acrossChoices,
  defaultSpread,
  logit,
  logitTicks,
  modelAxis,
  timeLabel,
} from './axes';
import type { Table } from './table';

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);

function table(more: Partial<Table> = {}): Table {
  return {
    ...{ step: 1, task: 'binary', rows: 3, classes: null, label: floats([0, 1, NaN]) },
    model: { prediction: floats([0.1, 0.5, NaN]), probability: null },
    baseline: { prediction: floats([0, 0.5, 1]), probability: null },
    ...{ group: null, time: null, columns: [], kept: null, analysis: null, damage: [] },
    ...more,
  };
}

describe('the x axis', () => {
  it.each([
    ['all', table({ time: Float64Array.of(1, 2, 3) }), ['baseline', 'label', 'time', 'row']],
    ['no baseline', table({ baseline: null }), ['label', 'row']],
    ['no labels either', table({ baseline: null, label: floats([NaN, NaN]) }), ['row']],
  ])('offers what there is: %s', (_, of, keys) => {
    expect(acrossChoices(of).map(({ key }) => key)).toEqual(keys);
  });

  it('cuts logits where the losses are cut', () => {
    const { at, whole } = acrossAxis(table(), 'baseline', 'logit');
    expect(at[0]).toBeCloseTo(-16.118, 3);
    expect(at[1]).toBe(0);
    expect(at[2]).toBeCloseTo(16.118, 3);
    expect(whole[0]).toBeLessThan(at[0]);
  });

  it('keeps each category to its strip, and missing ones away', () => {
    const values = Uint32Array.from([0, 1, 0xffffffff, 1]);
    const columns = [{ name: 'sex', values, names: ['f', 'm'] }];
    const { at, ticks, whole } = acrossAxis(table({ columns }), 'column:sex', 'rank');
    expect(at[0]).toBeGreaterThan(-0.5);
    expect(at[0]).toBeLessThan(0.5);
    expect(Math.round(at[1])).toBe(1);
    expect(at[2]).toBeNaN();
    expect(at[1]).not.toBe(at[3]);
    expect(ticks(...whole, 9).map(({ label }) => label)).toEqual(['f', 'm']);
  });

  it('tells seconds since the epoch apart', () => {
    const start = 1_700_000_000;
    const of = table({ time: Float64Array.of(start, start + 1, start + 2) });
    expect([...acrossAxis(of, 'time', 'rank').at]).toEqual([0, 1, 2]);
  });
});

describe('probabilities', () => {
  it.each([
    [[0.01, 0.99, 0.5], 'logit'],
    [[0.01, 0.4, 0.5], 'probability'],
    [[0.001, NaN, NaN], 'logit'],
    [[NaN, NaN, NaN], 'probability'],
  ])('are spread out where most are extreme: %j', (values, spread) => {
    const model = { prediction: floats(values), probability: null };
    expect(defaultSpread(table({ model }))).toBe(spread);
  });

  it('of several classes are those of the label', () => {
    const model = { prediction: floats([2, 1, 0]), probability: floats([0.25, 0.5, 0.75]) };
    const { at, name } = modelAxis(table({ task: 'multiclass', model }), 'probability');
    expect([...at]).toEqual([0.25, 0.5, 0.75]);
    expect(name).toContain('of the label');
  });

  it('are marked at round numbers, one half among them, as many as there is room for', () => {
    const ticks = logitTicks(logit(1e-4), logit(1 - 1e-4), 8);
    expect(ticks.map(({ label }) => label)).toContain('0.5');
    expect(ticks.length).toBeLessThanOrEqual(9);
    for (const { value, label } of ticks) {
      expect(value).toBeCloseTo(logit(Number(label.replace('−', '-'))), 4);
    }
    expect(logitTicks(1.01, 1.02, 8).length).toBeGreaterThan(1);
  });
});

it.each([
  [NaN, 'none'],
  [90_000, 'day 1 01:00'],
  [1_700_000_000, '2023-11-14 22:13'],
  [12, '12'],
])('time %f is told as %s', (seconds, label) => {
  expect(timeLabel(seconds)).toBe(label);
});
