import { describe, expect, it } from 'vitest';
import type { Matrix } from './jacobian';
import { poolColumns } from './jacobian_pool';
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from './line_amnesia';
import { linearScale } from './scale';

const T = 1000;

/** Two rows: values that fall with time, and the same with changes. */
function matrix(changes: (log10: Float32Array, states: Uint8Array) => void): Matrix {
  const log10 = Float32Array.from({ length: 2 * T }, (_, i) => -(i % T) / 100);
  const states = new Uint8Array(2 * T);
  changes(log10.subarray(T), states.subarray(T));
  for (let i = 0; i < 2 * T; i++) if (states[i] > UNDERFLOWED) log10[i] = NaN;
  return { outputSteps: [10, 20], timesteps: T, log10, states };
}

const all = linearScale(0, T - 1, 0, 100);

it('keeps a single peak among many timesteps', () => {
  const { values } = poolColumns(
    matrix((log10) => (log10[777] = 3)),
    all,
    100,
  );
  expect([...values].filter((value) => value === 3)).toHaveLength(1);
  expect(values[100 + 77]).toBe(3);
});

describe('a column with more than one kind of cell', () => {
  it.each([
    ['a value above all kinds of nothing', [0, UNDERFLOWED, UNREACHABLE, MASKED], 0],
    ['what underflowed above what is not there', [UNREACHABLE, UNDERFLOWED, MASKED], UNDERFLOWED],
    ['unreachable above masked', [MASKED, UNREACHABLE, MASKED], UNREACHABLE],
    ['a fault above all', [0, NONFINITE, 0, 0], NONFINITE],
    ['nothing but masked', [MASKED, MASKED], MASKED],
  ])('shows %s', (_, kinds, expected) => {
    const given = matrix((_, states) => {
      for (let t = 500; t < 510; t++) states[t] = kinds[t % kinds.length];
    });
    const { states, values } = poolColumns(given, linearScale(500, 509, 0, 1), 1);
    expect(states[1]).toBe(expected);
    expect(Number.isNaN(values[1])).toBe(expected !== 0);
    expect(states[0]).toBe(0);
  });
});

it('repeats a timestep over as many columns as it is wide', () => {
  const { values } = poolColumns(
    matrix(() => undefined),
    linearScale(10, 14, 0, 400),
    400,
  );
  const first = [...values.subarray(0, 400)].map((value) => Math.round(-value * 100));
  // The outer timesteps are in view by half.
  expect([10, 11, 12, 13, 14].map((t) => first.filter((at) => at === t).length)).toEqual([
    50, 100, 100, 100, 50,
  ]);
});
