import { describe, expect, it } from 'vitest';
import { MASKED, UNDERFLOWED, UNREACHABLE } from '../../chart/line_amnesia';
import { nearLevel } from './profiles';
import { rowNumbers } from './row_numbers';

/** The numbers of a profile over all timesteps. */
function numbers(log10: readonly number[], outputStep: number, states?: readonly number[]) {
  const t = log10.map((_, i) => i);
  return rowNumbers({
    log10,
    states: Uint8Array.from(states ?? log10.map(() => 0)),
    outputStep,
    timesteps: log10.length,
    near: nearLevel(t, log10, outputStep),
    log10Floor: -37.9,
  });
}

function exponential(a: number, steps: number, at: number): readonly number[] {
  return Array.from({ length: steps }, (_, t) => Math.abs(t - at) * Math.log10(a));
}

it('measures a flat profile', () => {
  expect(numbers(Array<number>(1001).fill(-3), 1000)).toMatchObject({
    log10_amnesia_ratio: 0,
    log10_near: -3,
    log10_far: -3,
    reach: 1000,
    drop_decades: 0,
    drop_lag: NaN,
    horizon90: 900,
    mean_lag: 500,
    half_life: Infinity,
    half_life_r2: NaN,
  });
});

describe.each([0.5, 0.9, 0.99])('an exponential of %d a step', (a) => {
  const [steps, reach] = [400, 399];
  const found = numbers(exponential(a, steps, reach), reach);

  it('has its half-life and mean lag', () => {
    expect(found['half_life']).toBeCloseTo(-Math.log(2) / Math.log(a));
    expect(found['half_life_r2']).toBeCloseTo(1);
    const whole = Array.from({ length: steps }, (_, lag) => a ** lag);
    const total = whole.reduce((sum, weight) => sum + weight, 0);
    const mean = whole.reduce((sum, weight, lag) => sum + weight * lag, 0) / total;
    expect(found['mean_lag']).toBeCloseTo(mean);
  });

  it('has its horizon and effective steps', () => {
    const within = 1 - 0.9 * (1 - a ** steps);
    expect(found['horizon90']).toBe(Math.ceil(Math.log(within) / Math.log(a) - 1e-9) - 1);
    const entropy = -Math.log(1 - a) - (a / (1 - a)) * Math.log(a);
    if (a < 0.95) expect(found['effective_steps']).toBeCloseTo(Math.exp(entropy));
  });

  it('falls by whole decades at a lag', () => {
    const far = Math.floor(0.9 * reach) + 1;
    const drop = Math.floor(found['log10_near'] - far * Math.log10(a));
    expect(found['drop_decades']).toBe(drop);
    const level = found['log10_near'] - drop;
    expect(found['drop_lag']).toBe(Math.ceil((level - 1e-9) / Math.log10(a)));
  });
});

it('needs both sides of a lag to be below', () => {
  const profile = Array.from({ length: 201 }, (_, t) => (t >= 130 || t < 70 ? -6 : 0));
  // t = 70 has lag 30 and is not below, t = 130 is.
  expect(numbers(profile, 100)).toMatchObject({ drop_decades: 6, drop_lag: 31 });
});

it('fits no half-life to what is only a bound', () => {
  const profile = exponential(0.5, 400, 399);
  const floor = profile.map((value) => Math.max(value, -37.9));
  const states = profile.map((value) => (value < -37.9 ? UNDERFLOWED : 0));
  expect(numbers(floor, 399, states)).toMatchObject({ underflowed: 400 - 126 });
  expect(numbers(floor, 399, states)['half_life']).toBeCloseTo(1);
  expect(numbers(floor, 399)['half_life']).toBeCloseTo(1);
});

it('counts and leaves out what is nothing', () => {
  const states = [MASKED, 0, 0, 0, UNREACHABLE];
  const found = numbers([NaN, -1, -1, -1, NaN], 3, states);
  expect(found).toMatchObject({ masked: 1, unreachable: 1, reach: 2 });
  expect(found['effective_steps']).toBeCloseTo(3);
  expect(numbers([NaN, NaN], 1, [2, 2])).toMatchObject({ unreachable: 2, log10_near: NaN });
});
