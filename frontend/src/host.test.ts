import { expect, it } from 'vitest';
import type { Index } from './api';
import { rewritten } from './host';

function index(...steps: number[]): Index {
  const record = {
    name: 'c',
    kind: 'activations',
    description: '',
    steps,
    wall_time: 0,
    last: null,
  } as const;
  return { runs: [{ name: 'r', color_index: 0, scalars: [], records: [record] }], problems: [] };
}

it.each([
  [null, index(0), false],
  [index(0, 10), index(0, 10, 20), false],
  // TensorBoard keeps a sample: steps in the middle may go while the run grows.
  [index(0, 10, 20), index(0, 20, 30), false],
  [index(0, 10, 20), index(0, 5), true],
  [index(0, 10), { runs: [], problems: [] }, false],
])('case %#: a log written anew is noticed', (before, now, expected) => {
  expect(rewritten(before, now)).toBe(expected);
});
