import { expect, it } from 'vitest';
import { rowShares, topConfusions } from './confusion_rows';

const model = [
  [8, 2, 0],
  [5, 4, 1],
  [0, 0, 0],
];

it('a label’s rows are shared out among what was predicted; of none there is nothing', () => {
  const [first, , last] = rowShares(model);
  expect(first).toEqual([0.8, 0.2, 0]);
  expect(last.every(Number.isNaN)).toBe(true);
});

it('the most common confusions come first, beside the baseline’s', () => {
  const baseline = model.map((row) => row.map((count) => count * 10));
  const confusion = { classes: ['a', 'b', 'c'], model, baseline, threshold: null };
  const found = topConfusions(confusion, 2);
  expect(found).toEqual([
    { label: 1, predicted: 0, model: 5, baseline: 50, share: 0.5 },
    { label: 0, predicted: 1, model: 2, baseline: 20, share: 0.2 },
  ]);
  expect(topConfusions({ ...confusion, baseline: null }, 9)).toHaveLength(3);
});
