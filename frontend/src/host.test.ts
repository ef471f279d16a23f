import { expect, it } from 'vitest';
import type { Index } from './api';
import { rewritten } from './host';

function index(steps: readonly number[], wall_time = 0): Index {
  const record = {
    name: 'c',
    kind: 'activations',
    description: '',
    steps,
    wall_time,
    last: null,
  } as const;
  return { runs: [{ name: 'r', color_index: 0, scalars: [], records: [record] }], problems: [] };
}

it.each([
  [null, index([0]), false],
  [index([0, 10]), index([0, 10], 0), false],
  [index([0, 10]), index([0, 10, 20], 5), false],
  // TensorBoard keeps a sample: steps in the middle may go while the run grows.
  [index([0, 10, 20]), index([0, 20, 30]), false],
  [index([]), index([0]), false],
  [index([0, 10, 20]), index([0, 5], 9), true],
  [index([0, 10]), index([]), true],
  // The same step at another time: a resumed run has written it again.
  [index([0, 10], 5), index([0, 10], 6), true],
  [index([0, 10], 5), index([0, 10, 20], 4), true],
  [index([0, 10]), { runs: [], problems: [] }, true],
])('case %#: a log written anew is noticed', (before, now, expected) => {
  expect(rewritten(before, now)).toBe(expected);
});
