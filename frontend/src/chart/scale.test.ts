import { expect, it } from 'vitest';
import { linearScale, nearestIndex } from './scale';

it('maps the ends of the domain to the ends of the range and back', () => {
  const scale = linearScale(-8, 0, 300, 20);
  expect(scale.forward(-8)).toBe(300);
  expect(scale.forward(0)).toBe(20);
  for (const value of [-8, -3.25, 0, 5])
    expect(scale.reverse(scale.forward(value))).toBeCloseTo(value);
});

it('puts a domain without extent in the middle', () => {
  const scale = linearScale(7, 7, 0, 100);
  expect(scale.forward(7)).toBe(50);
  expect(scale.reverse(3)).toBe(7);
});

it.each([
  [[], 5, -1],
  [[3], 5, 0],
  [[0, 10, 20], 14, 1],
  [[0, 10, 20], 16, 2],
  [[0, 10, 20], -5, 0],
  [[0, 10, 20], 99, 2],
])('the nearest in %j to %i is at %i', (values, wanted, expected) => {
  expect(nearestIndex(values, wanted)).toBe(expected);
});
