import { describe, expect, it } from 'vitest';
import type { Analysis, Condition, Stratum } from '../analysis';
import type { Sort } from './choices';
import { isPair, strataForest, wantedStrata, type StrataWish } from './strata_rows';

function is(column: string, value: string): Condition {
  return { column, operator: '==', value };
}

function stratum(
  conditions: readonly Condition[],
  auroc: number | null,
  rows: number,
  small = false,
): Stratum {
  const text = conditions.map(({ column, value }) => `${column}=${value}`).join('&');
  const model = { auroc: { value: auroc, low: auroc, high: auroc } };
  const difference = { auroc: { value: -rows, low: -rows, high: -rows } };
  const metrics = { rows, groups: rows, positives: 1, model, baseline: model, difference };
  return { text, conditions, small, metrics };
}

const female = stratum([is('sex', 'female')], 0.9, 300);
const male = stratum([is('sex', 'male')], 0.7, 500);
const other = stratum([is('sex', 'other')], 0.1, 3, true);
const young = stratum([is('age', 'young')], null, 400);
const pair = stratum([is('sex', 'male'), is('age', 'young')], 0.8, 100);
const STRATA = [female, male, other, young, pair];

const wish: StrataWish = {
  metric: 'auroc',
  shows: 'both',
  sort: 'value',
  column: null,
  pairs: false,
};

describe('the order', () => {
  it.each<readonly [Sort, Partial<StrataWish>, readonly Stratum[]]>([
    ['value', {}, [male, female, young, other]],
    ['size', {}, [male, young, female, other]],
    ['column', {}, [female, male, young, other]],
    ['value', { shows: 'difference' }, [male, young, female, other]],
    ['value', { pairs: true }, [male, pair, female, young, other]],
    ['value', { column: 'age' }, [young]],
    ['value', { column: 'age', pairs: true }, [pair, young]],
  ])('by %s of %j ends with what is small', (sort, more, wanted) => {
    const found = wantedStrata(STRATA, { ...wish, sort, ...more });
    expect(found.map(({ text }) => text)).toEqual(wanted.map(({ text }) => text));
  });
  it('of a loss begins with the greatest', () => {
    const turned = STRATA.map((one) => {
      const model = { brier: one.metrics.model['auroc'] };
      return { ...one, metrics: { ...one.metrics, model } };
    });
    const [first] = wantedStrata(turned, { ...wish, metric: 'brier' });
    expect(first.text).toBe(female.text);
  });
});

it('two bounds of one column are no pair', () => {
  const bounds: Condition[] = [
    { column: 'age', operator: '>', value: 40 },
    { column: 'age', operator: '<=', value: 60 },
  ];
  expect(isPair(stratum(bounds, 0.5, 9))).toBe(false);
  expect(isPair(pair)).toBe(true);
});

describe('the forest', () => {
  const analysis = (strata: readonly Stratum[]): Analysis =>
    ({ strata, metrics: { model: { auroc: { value: 0.75, low: 0.7, high: 0.8 } } } }) as never;
  const look = (name: string) => ({ name, colour: '#000', hollow: false });
  const looks = {
    looks: [look('model of a'), look('baseline of a'), look('model of b')],
    of: [
      { model: 0, baseline: 1 },
      { model: 2, baseline: null },
    ],
  };
  it('holds the same stratum of another analysis against it, and leaves a gap where there is none', () => {
    const both = [analysis(STRATA), analysis([stratum([is('sex', 'male')], 0.6, 9)])];
    const { rows, references } = strataForest([male, female], both, wish, looks);
    expect(rows[0].marks.map((mark) => [mark.look, mark.value])).toEqual([
      [0, 0.7],
      [1, 0.7],
      [2, 0.6],
    ]);
    expect(rows[1].marks.map((mark) => mark.look)).toEqual([0, 1]);
    expect(references).toEqual([{ value: 0.75, label: 'all rows' }]);
  });
  it('of differences is held against none', () => {
    const found = strataForest([male], [analysis(STRATA)], { ...wish, shows: 'difference' }, looks);
    expect(found.references[0].value).toBe(0);
    expect(found.rows[0].marks).toHaveLength(1);
    expect(found.limits).toBeUndefined();
  });
  it('says n/a of what is not defined', () => {
    const { rows } = strataForest([young], [analysis(STRATA)], wish, looks);
    expect(rows[0].text).toBe('n/a');
    expect(rows[0].marks[0].value).toBeNaN();
  });
});
