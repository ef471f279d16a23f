import { expect, it } from 'vitest';
import { decade, decadeTicks, fromLog10, linearTicks, shortNumber, times } from './ticks';

it.each([
  [0, 100, 5, [0, 20, 40, 60, 80, 100]],
  [0, 4095, 5, [0, 1000, 2000, 3000, 4000]],
  [-1, 1, 4, [-1, -0.5, 0, 0.5, 1]],
  [0, 0.3, 3, [0, 0.1, 0.2, 0.3]],
  [5, 5, 3, []],
  [NaN, 1, 3, []],
])('linear ticks of %f to %f, about %i', (low, high, count, expected) => {
  expect(linearTicks(low, high, count)).toEqual(expected);
});

it.each([
  [-9, 0, 10, [-9, -8, -7, -6, -5, -4, -3, -2, -1, 0]],
  [-38, 0, 9, [-35, -30, -25, -20, -15, -10, -5, 0]],
  [-308, 0, 4, [-300, -200, -100, 0]],
  [-0.5, 1.5, 4, [0, 1]],
])('decades of %f to %f, at most about %i', (low, high, count, expected) => {
  expect(decadeTicks(low, high, count)).toEqual(expected);
});

it('has no negative zero, which would be written as -0', () => {
  for (const tick of [...linearTicks(-1, 1, 2), ...decadeTicks(-2, 2, 5)]) {
    expect(Object.is(tick, -0)).toBe(false);
  }
});

it.each([
  [0, '1'],
  [3, '1,000'],
  [6, '10⁶'],
  [-3, '10⁻³'],
  [-38, '10⁻³⁸'],
])('writes the decade of %i as %s', (exponent, expected) => {
  expect(decade(exponent)).toBe(expected);
});

it.each([
  [1, '10×'],
  [6, '1,000,000×'],
  [9, '1,000,000,000×'],
  [12, '10¹²×'],
])('writes a factor of ten to the %i as %s', (exponent, expected) => {
  expect(times(exponent)).toBe(expected);
});

it.each([
  [0, '1'],
  [-1, '0.1'],
  [Math.log10(0.00578), '0.00578'],
  [-15.0915, '8.1e-16'],
  [-4, '1.0e-4'],
  [Math.log10(9.96e-6), '1.0e-5'],
  [-400, '1.0e-400'],
  [NaN, 'none'],
])('writes a value whose log10 is %f as %s', (log10, expected) => {
  expect(fromLog10(log10)).toBe(expected);
});

it.each([
  [0, '0'],
  [4096, '4,096'],
  [0.12345, '0.123'],
  [1.5e-7, '1.50e-7'],
  [NaN, 'NaN'],
  [-Infinity, '−∞'],
])('writes %f as %s', (value, expected) => {
  expect(shortNumber(value)).toBe(expected);
});
