import { describe, expect, it } from 'vitest';
import { chanceText, commonDigits, estimateText, intervalOf, numberOf, spanText } from './numbers';

describe('an estimate in words', () => {
  it.each([
    [0.8312, 0.801, 0.861, false, '0.83 [0.80, 0.86]'],
    [0.8312, 0.8291, 0.8331, false, '0.831 [0.829, 0.833]'],
    [0.0912, 0.061, 0.121, true, '+0.09 [+0.06, +0.12]'],
    [-0.01, -0.05, 0.03, true, '−0.01 [−0.05, +0.03]'],
    [1234.5, 1200, 1260, false, '1235 [1200, 1260]'],
    [12.34, 12.1, 12.6, false, '12.3 [12.1, 12.6]'],
    [0.5, NaN, NaN, false, '0.5'],
    [NaN, NaN, NaN, false, 'n/a'],
    [NaN, 0, 1, false, 'n/a'],
    [1, 1, 1, false, '1 [1, 1]'],
    [-0.001, -0.031, 0.029, true, '0.00 [−0.03, +0.03]'],
    [-50, -Infinity, 1, false, '−50 [−∞, 1]'],
  ])('of %d from %d to %d', (value, low, high, signed, text) => {
    expect(estimateText({ value, low, high }, signed)).toBe(text);
  });
  it('in a column has the digits of most', () => {
    const wide = { value: 0.5, low: 0.4, high: 0.6 };
    const fine = { value: 0.5, low: 0.498, high: 0.502 };
    expect(commonDigits([wide, fine, fine])).toBe(3);
    expect(estimateText(wide, false, 3)).toBe('0.500 [0.400, 0.600]');
    expect(commonDigits([{ value: 1, low: NaN, high: NaN }])).toBeNull();
  });
  it('has its interval apart', () => {
    expect(spanText({ value: 0.83, low: 0.8, high: 0.86 })).toBe('[0.80, 0.86]');
    expect(spanText({ value: 0.83, low: NaN, high: NaN })).toBe('');
  });
});

it.each([
  [null, NaN],
  [undefined, NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
  [0, 0],
] as const)('%s of JSON is %d', (value, number) => {
  expect(numberOf(value)).toBe(number);
});

it('an estimate that is not there is not defined', () => {
  expect(intervalOf(undefined)).toEqual({ value: NaN, low: NaN, high: NaN });
});

it.each([
  [NaN, ''],
  [0.0001, 'p < 0.001'],
  [0.0312, 'p = 0.031'],
  [0.42, 'p = 0.42'],
])('a chance of %d is told as %s', (p, text) => {
  expect(chanceText('p', p)).toBe(text);
});
