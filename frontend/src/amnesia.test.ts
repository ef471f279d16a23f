import { expect, it } from 'vitest';
import { amnesiaVerdict, gainOverInit } from './amnesia';

const FLAT = {
  timesteps: 4096,
  log10_near: -2,
  log10_far: -2.2,
  reach: 4000,
  drop_decades: 0,
  drop_lag: NaN,
  underflowed: 0,
  unreachable: 0,
  masked: 0,
  nonfinite: 0,
};

it.each([
  [{}, 'about as sensitive 4,000 steps away as near', 'good'],
  [
    { drop_decades: 6, drop_lag: 452, log10_far: -9 },
    '1,000,000× less sensitive 452 steps away',
    'bad',
  ],
  [{ drop_decades: 12, drop_lag: 99 }, '10¹²× less sensitive 99 steps away', 'bad'],
  [{ drop_decades: 4, drop_lag: 1 }, '10,000× less sensitive 1 step away', 'warning'],
  [{ drop_decades: 1, drop_lag: 30 }, '10× less sensitive 30 steps away', 'good'],
  [{ log10_far: 0.5 }, '100× more sensitive 4,000 steps away than near', 'good'],
  [
    { drop_decades: 6, drop_lag: 9, underflowed: 10, unreachable: 1 },
    '1,000,000× less sensitive 9 steps away; 10 steps underflowed, 1 step out of reach',
    'bad',
  ],
  [{ reach: 8, output_step: 2048, unreachable: 4087 }, 'sees only 8 of 2,048 steps back', 'bad'],
  [
    { reach: 150, output_step: 2048, unreachable: 3945, drop_decades: 1, drop_lag: 99 },
    'sees only 150 of 2,048 steps back',
    'warning',
  ],
  // Left padding is not blindness, and neither is a causal net that sees its whole past.
  [
    { reach: 150, output_step: 4000, masked: 3850, unreachable: 95 },
    'about as sensitive 150 steps away as near; 95 steps out of reach',
    'good',
  ],
  [
    { reach: 2048, output_step: 2048, unreachable: 2047 },
    'about as sensitive 2,048 steps away as near; 2,047 steps out of reach',
    'good',
  ],
  [{ log10_near: NaN, masked: 4096 }, 'no profile: every timestep is masked', 'unknown'],
  [{ log10_near: NaN, unreachable: 5 }, 'no profile: no timestep reaches the output', 'unknown'],
  [
    { log10_near: NaN, nonfinite: 5 },
    'no profile: the gradient is not finite at 5 steps',
    'unknown',
  ],
])('%j: %s', (changes, words, mark) => {
  expect(amnesiaVerdict({ ...FLAT, ...changes })).toEqual({ words, mark });
});

const PROFILE = { ...FLAT, output_step: 4000, log10_amnesia_ratio: -1.2 };

it.each([
  [{ log10_amnesia_ratio: -3.5 }, '2.3 decades flatter than untrained'],
  [{ log10_amnesia_ratio: -0.2 }, '1.0 decade steeper than untrained'],
  [{ log10_amnesia_ratio: -1.25 }, 'as flat as untrained'],
  [{ reach: 3990 }, 'as flat as untrained'],
  // Ratios over other lengths, or of another output, do not compare.
  [{ timesteps: 2048, log10_amnesia_ratio: -3.5 }, ''],
  [{ output_step: 2048, log10_amnesia_ratio: -3.5 }, ''],
  [{ reach: 8, log10_amnesia_ratio: -3.5 }, ''],
  [{ log10_amnesia_ratio: NaN, reach: NaN }, ''],
])('against %j before training: %s', (before, words) => {
  expect(gainOverInit(PROFILE, { ...PROFILE, ...before })).toBe(words);
});
