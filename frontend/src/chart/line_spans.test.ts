import { expect, it } from 'vitest';
import { intersect, spansOf } from './line_spans';

const masked = (state: number): boolean => state === 3;

it.each([
  [[0, 1, 2, 3], [0, 3, 3, 0], [[0.5, 2.5]]],
  [[0, 1, 2, 3], [3, 3, 3, 3], [[-0.5, 3.5]]],
  [[0, 1, 2, 3], [0, 0, 0, 0], []],
  [
    [0, 1, 2, 3],
    [3, 0, 0, 3],
    [
      [-0.5, 0.5],
      [2.5, 3.5],
    ],
  ],
  // Timesteps left out: the border lies half-way.
  [[0, 10, 20], [0, 3, 3], [[5, 20.5]]],
])('t %j in states %j: %j', (t, states, expected) => {
  expect(spansOf(t, states, masked)).toEqual(expected);
});

it('intersects lists of stretches', () => {
  expect(intersect([])).toEqual([]);
  expect(intersect([[[0, 10]], []])).toEqual([]);
  expect(
    intersect([
      [
        [0, 10],
        [20, 30],
      ],
      [[5, 25]],
    ]),
  ).toEqual([
    [5, 10],
    [20, 25],
  ]);
});
