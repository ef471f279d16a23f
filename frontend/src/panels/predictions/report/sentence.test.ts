import { describe, expect, it } from 'vitest';
import type { Analysis, Estimate, Metrics } from '../analysis';
import { firstMetric, verdictOf } from './metric_words';
import { methodSentence, reversalSentence, rowsText, verdictSentence } from './sentence';

function estimate(value: number | null, half = 0.03): Estimate {
  return value === null
    ? { value, low: null, high: null }
    : { value, low: value - half, high: value + half };
}

function metrics(name: string, model: number, baseline: number | null): Metrics {
  return {
    rows: 9720,
    groups: 2000,
    positives: 3402,
    model: { [name]: estimate(model) },
    baseline: baseline === null ? null : { [name]: estimate(baseline) },
    difference: baseline === null ? null : { [name]: estimate(model - baseline) },
  };
}

function analysis(of: Metrics, more: Partial<Analysis> = {}): Analysis {
  const known = { task: 'binary', unit: 'group', resamples: 1000, confidence: 0.95 } as const;
  return { ...known, metrics: of, ...more } as Analysis;
}

describe('the verdict', () => {
  it.each([
    ['auroc', 0.83, 0.74, /^Better than the baseline: AUROC 0.83 \[0.80, 0.86\] against 0.74/],
    ['auroc', 0.7, 0.74, /^Worse than the baseline/],
    ['auroc', 0.75, 0.74, /^No better and no worse/],
    ['log_loss', 0.4, 0.5, /^Better than the baseline: Log loss 0.40/],
    ['auroc', 0.83, null, /^AUROC 0.83 \[0.80, 0.86\]; no baseline was given.$/],
  ])('of %s %d against %d', (name, model, baseline, said) => {
    expect(verdictSentence(analysis(metrics(name, model, baseline)))).toMatch(said);
  });
  it('says what can not be compared', () => {
    const of = metrics('auroc', 0.5, 0.5);
    const none = { ...of, difference: { auroc: estimate(null) } };
    expect(verdictSentence(analysis(none))).toMatch(/^Too little to tell .* difference n\/a\.$/);
  });
  it.each([
    ['auroc', 0.01, 0.1, 'better'],
    ['brier', 0.01, 0.1, 'worse'],
    ['brier', -0.1, -0.01, 'better'],
    ['auroc', -0.1, 0.1, 'same'],
    ['auroc', 0, 0.1, 'same'],
    ['auroc', NaN, NaN, 'unknown'],
  ])('%s from %d to %d is %s', (name, low, high, verdict) => {
    expect(verdictOf(name, { value: (low + high) / 2, low, high })).toBe(verdict);
  });
});

it('a regression is spoken of by its error, an unknown metric by its name', () => {
  expect(firstMetric(analysis(metrics('mae', 1, 2), { task: 'regression' }))).toBe('mae');
  expect(firstMetric(analysis(metrics('skill', 1, 2)))).toBe('skill');
});

it('says whose rows the intervals are over', () => {
  const of = metrics('auroc', 0.8, 0.7);
  expect(methodSentence(analysis(of), 'user')).toBe(
    '95 % intervals over the 2,000 groups (by user), each with all its rows (1,000 resamples, the same for model and baseline).',
  );
  expect(methodSentence(analysis(of, { unit: 'row' }), null)).toMatch(/too narrow: pass groups=/);
  expect(rowsText(of, 'group')).toBe('9,720 rows with a label, 2,000 groups, 35 % positive');
});

it('a reversal names both answers', () => {
  const strata = [['sex == male', -0.01] as const];
  const reversal = { metric: 'auroc', column: 'sex', pooled: 0.03, strata };
  expect(reversalSentence(reversal)).toBe(
    'Over all rows the model is better than the baseline (AUROC +0.03), within the strata of sex it is worse:',
  );
  expect(reversalSentence({ ...reversal, metric: 'brier' })).toMatch(/is worse .* it is better:$/);
});
