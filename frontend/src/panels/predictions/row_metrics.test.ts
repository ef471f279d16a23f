import { describe, expect, it } from 'vitest';
import { rowMetrics } from './row_metrics';
import type { Table } from './table';

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);

function table(
  task: Table['task'],
  label: readonly number[],
  prediction: readonly number[],
  more: Partial<Table> = {},
): Table {
  return {
    step: 1,
    task,
    rows: label.length,
    classes: null,
    label: floats(label),
    model: { prediction: floats(prediction), probability: null },
    baseline: null,
    group: null,
    time: null,
    columns: [],
    kept: null,
    analysis: null,
    damage: [],
    ...more,
  };
}

/** Of all pairs of a positive and a negative, the share in the right order; half for a tie. */
function slowAuroc(label: readonly number[], prediction: readonly number[]): number {
  let [right, pairs] = [0, 0];
  label.forEach((one, i) =>
    label.forEach((other, j) => {
      if (one !== 1 || other !== 0) return;
      pairs++;
      right += prediction[i] > prediction[j] ? 1 : prediction[i] === prediction[j] ? 0.5 : 0;
    }),
  );
  return right / pairs;
}

describe('of two classes', () => {
  it('are those made by hand', () => {
    const { rows, positives, model } = rowMetrics(
      table('binary', [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]),
      null,
    );
    expect([rows, positives]).toEqual([4, 2]);
    expect(model['auroc']).toBeCloseTo(0.75);
    // The example of scikit-learn's average_precision_score.
    expect(model['average_precision']).toBeCloseTo(0.8333333, 6);
    expect(model['brier']).toBeCloseTo((0.01 + 0.16 + 0.4225 + 0.04) / 4, 6);
    const logs = [0.9, 0.6, 0.35, 0.8].map(Math.log);
    expect(model['log_loss']).toBeCloseTo(-logs.reduce((sum, one) => sum + one) / 4, 6);
    expect(model['accuracy']).toBe(0.75);
  });

  it('agree with counting pairs, ties and selections included', () => {
    const label = Array.from({ length: 200 }, (_, i) => Number(Math.sin(3 * i) > 0.3));
    const prediction = label.map((_, i) => Math.round(10 * Math.abs(Math.cos(7 * i))) / 10);
    const of = table('binary', label, prediction);
    const exact = [...of.model.prediction];
    expect(rowMetrics(of, null).model['auroc']).toBeCloseTo(slowAuroc(label, exact), 12);
    const mask = Uint8Array.from(label, (_, i) => Number(i % 3 === 0));
    const some = label.filter((_, i) => i % 3 === 0);
    const others = exact.filter((_, i) => i % 3 === 0);
    expect(rowMetrics(of, mask).model['auroc']).toBeCloseTo(slowAuroc(some, others), 12);
  });

  it('count one half as class 0, as the stored analysis does', () => {
    expect(rowMetrics(table('binary', [0, 1], [0.5, 0.5]), null).model['accuracy']).toBe(0.5);
    expect(rowMetrics(table('binary', [0], [0.5]), null).model['accuracy']).toBe(1);
  });

  it('cut log loss at 1e-7', () => {
    const { model } = rowMetrics(table('binary', [1, 0], [0, 1]), null);
    expect(model['log_loss']).toBeCloseTo(-Math.log(1e-7), 4);
  });

  it.each([
    ['a single class is left', [1, 1], [0.1, 0.9], null],
    ['none is left', [0, 1], [0.1, 0.9], [0, 0]],
  ] as const)('do not rank where %s', (_, label, prediction, mask) => {
    const of = table('binary', label, prediction);
    const { model } = rowMetrics(of, mask && Uint8Array.from(mask));
    expect(model['auroc']).toBeNull();
    expect(model['average_precision']).toBeNull();
    if (mask) expect(model['brier']).toBeNull();
  });

  it('leave out rows without a label or a prediction, for model and baseline alike', () => {
    const baseline = { prediction: floats([0.5, 0.5, NaN, 0.5]), probability: null };
    const of = table('binary', [0, NaN, 1, 1], [0.2, 0.3, 0.9, 0.7], { baseline });
    const found = rowMetrics(of, null);
    expect(found.rows).toBe(2);
    expect(found.model['auroc']).toBe(1);
    expect(found.baseline?.['auroc']).toBe(0.5);
    expect(found.difference?.['auroc']).toBe(0.5);
  });

  it('count users once, those of names and of numbers', () => {
    const names = ['a', 'b', 'c'];
    const codes = { name: 'user', values: Uint32Array.from([0, 0, 2, 0xffffffff]), names };
    const numbers = { name: 'user', values: floats([7, 7, 9, 8]), names: null };
    const mask = Uint8Array.from([1, 1, 1, 0]);
    for (const group of [codes, numbers]) {
      const of = table('binary', [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], { group });
      expect(rowMetrics(of, mask).groups).toBe(2);
    }
  });
});

describe('of several classes', () => {
  it('need the probability of the label', () => {
    const model = { prediction: floats([2, 0, 1]), probability: floats([0.5, 0.25, 1]) };
    const of = table('multiclass', [2, 1, 1], [], { model, rows: 3 });
    const found = rowMetrics(of, null).model;
    expect(found['accuracy']).toBeCloseTo(2 / 3);
    expect(found['log_loss']).toBeCloseTo((Math.log(2) + Math.log(4)) / 3, 6);
    const unknown = table('multiclass', [2, 1, 1], [2, 0, 1]);
    expect(rowMetrics(unknown, null).model['log_loss']).toBeNull();
  });
});

describe('of values', () => {
  it('are those made by hand', () => {
    const { model, positives } = rowMetrics(
      table('regression', [3, -0.5, 2, 7], [2.5, 0, 2, 8]),
      null,
    );
    // The example of scikit-learn's r2_score and its kin.
    expect(model['mae']).toBeCloseTo(0.5);
    expect(model['rmse']).toBeCloseTo(Math.sqrt(0.375));
    expect(model['r2']).toBeCloseTo(0.9486081, 6);
    expect(positives).toBeNull();
  });

  it('have no R² where all labels are equal', () => {
    const { model } = rowMetrics(table('regression', [2, 2], [1, 3]), null);
    expect(model['r2']).toBeNull();
    expect(model['mae']).toBe(1);
  });
});
