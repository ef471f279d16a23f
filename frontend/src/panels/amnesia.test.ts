import { describe, expect, it } from 'vitest';
import type { Frame, Series } from '../api';
import { MASKED, UNDERFLOWED } from '../chart/line_amnesia';
import type { Plane, PlaneData } from '../wire';
import {
  nearLevel,
  profileOfFrame,
  profileOfSeries,
  scalarsAt,
  vectorNames,
} from './amnesia/profiles';
import { reading } from './amnesia/tip';

const LOOK = { run: 'r', colour: '#000', channel: 0 };

function plane(
  name: string,
  shape: number[],
  data: PlaneData,
  rows: string[] | null = null,
): [string, Plane] {
  return [name, { name, shape, data, rows, damaged: null }];
}

/** Two steps of five timesteps, of which the first keeps three. */
const series: Series = {
  steps: [0, 10],
  wallTimes: [0, 1],
  damaged: [],
  planes: new Map([
    plane('scalars', [2, 4], Float32Array.from([2, 5, -1, -38, 2, 5, -2, -38]), [
      'output_step',
      'timesteps',
      'log10_near',
      'log10_floor',
    ]),
    plane('t', [2, 5], Float32Array.from([0, 2, 4, NaN, NaN, 0, 1, 2, 3, 4])),
    plane('combined', [2, 5], Float32Array.from([-3, -1, -38, NaN, NaN, -6, -4, -2, -4, NaN])),
    plane('channel_0', [2, 5], Float32Array.from([-3, -1, NaN, NaN, NaN, -6, -4, -2, -4, -6])),
  ]),
};

/** Combined and one channel over five timesteps. */
const frame: Frame = {
  step: 10,
  wallTime: 0,
  header: { output_step: 2, floor: 1e-38 },
  damaged: null,
  planes: new Map([
    plane('log_mean', [2, 5], Float32Array.from([-6, -4, -2, -4, NaN, -7, -5, -3, -5, -7])),
    plane('states', [2, 5], Uint8Array.from([1, 0, 0, 0, 3, 0, 0, 0, 0, 0])),
    plane(
      'band',
      [2, 2, 5],
      Float32Array.from({ length: 20 }, (_, i) => i),
    ),
  ]),
};

describe('a profile of a series', () => {
  it('has its kept timesteps without the padding', () => {
    const profile = profileOfSeries(series, 0, LOOK)!;
    expect([...(profile.t as Float32Array)]).toEqual([0, 2, 4]);
    expect(profile).toMatchObject({ step: 0, outputStep: 2, timesteps: 5, near: -1, low: null });
  });

  it('guesses states where the series keeps none: the floor stands for zeros', () => {
    expect([...(profileOfSeries(series, 0, LOOK)!.states as Uint8Array)]).toEqual([
      0,
      0,
      UNDERFLOWED,
    ]);
    expect([...(profileOfSeries(series, 1, LOOK)!.states as Uint8Array)]).toEqual([
      0,
      0,
      0,
      0,
      MASKED,
    ]);
  });

  it('is of a channel where one is chosen, with a level of its own; null where there is none', () => {
    expect(profileOfSeries(series, 1, { ...LOOK, channel: 1 })!.near).toBeCloseTo(
      nearLevel([0, 1, 2, 3, 4], [-6, -4, -2, -4, -6], 2),
    );
    expect(profileOfSeries(series, 1, { ...LOOK, channel: 2 })).toBeNull();
    expect(vectorNames(2)).toEqual(['t', 'channel_1']);
  });

  it('has numbers by name', () => {
    expect(scalarsAt(series, 1)).toEqual({
      output_step: 2,
      timesteps: 5,
      log10_near: -2,
      log10_floor: -38,
    });
  });
});

describe('a profile of a frame', () => {
  it('takes the row of the channel, of curve, states and band alike', () => {
    const profile = profileOfFrame(frame, { ...LOOK, channel: 1 }, 'log_mean')!;
    expect(Array.from(profile.log10)).toEqual([-7, -5, -3, -5, -7]);
    expect(Array.from(profile.states)).toEqual([0, 0, 0, 0, 0]);
    expect(Array.from(profile.low!)).toEqual([5, 6, 7, 8, 9]);
    expect(Array.from(profile.high!)).toEqual([15, 16, 17, 18, 19]);
  });

  it('is null where the channel or the reduction is missing, or the curve damaged', () => {
    expect(profileOfFrame(frame, { ...LOOK, channel: 2 }, 'log_mean')).toBeNull();
    expect(profileOfFrame(frame, LOOK, 'rms')).toBeNull();
    const broken = new Map(frame.planes);
    broken.set('log_mean', { ...broken.get('log_mean')!, damaged: 'the checksum does not match' });
    expect(profileOfFrame({ ...frame, planes: broken }, LOOK, 'log_mean')).toBeNull();
  });

  it.each([
    [0, '< 10⁻³⁸ (underflowed)'],
    [1, '1.0e-4'],
    [2, '0.01'],
    [4, 'masked'],
  ])('reads at t = %i %s', (t, words) => {
    expect(reading(profileOfFrame(frame, LOOK, 'log_mean')!, t)).toBe(words);
  });
});

it.each([
  // Flat: the level itself. Lags 0 to 2 of three: all of them here.
  [[-2, -2, -2], -2],
  [[NaN, -1, NaN], -1],
  [[-400, -400, -400], -400],
])('the near level of %j is %f', (curve, level) => {
  expect(nearLevel([0, 1, 2], curve, 1)).toBeCloseTo(level);
});

it('is unknown without values', () => {
  expect(nearLevel([0, 1], [NaN, NaN], 1)).toBeNaN();
});
