import { expect, it } from 'vitest';
import type { Frame, Series } from '../../api';
import type { Loaded } from '../../ui/loaded';
import type { Plane, PlaneData } from '../../wire';
import { shownRun } from './questions';
import type { Answers } from './questions';
import { leftOver } from './tip';

const LOOK = { run: 'r', colour: '#000', channel: 0 };

function planes(...list: [string, number[], PlaneData, string[]?][]): Map<string, Plane> {
  return new Map(
    list.map(([name, shape, data, rows]) => [
      name,
      { name, shape, data, rows: rows ?? null, damaged: null },
    ]),
  );
}

const frame: Frame = {
  step: 10,
  wallTime: 0,
  header: { output_step: 2, floor: 1e-38, reductions: ['log_mean', 'signed_mean'] },
  damaged: null,
  planes: planes(
    ['states', [1, 3], Uint8Array.of(0, 3, 0)],
    ['signed_mean', [1, 3], Float32Array.of(-2, NaN, -1)],
    ['cancellation', [1, 3], Float32Array.of(0.04, NaN, 1)],
  ),
};

const series: Series = {
  steps: [10],
  wallTimes: [0],
  damaged: [],
  planes: planes(
    ['scalars', [1, 2], Float32Array.of(2, 3), ['output_step', 'timesteps']],
    ['t', [1, 3], Float32Array.of(0, 1, 2)],
    ['combined', [1, 3], Float32Array.of(-3, -2, -1)],
  ),
};

function loaded<T>(data: T | null, state: Loaded<T>['state'] = 'ready'): Loaded<T> {
  return { state, data, stale: false, reason: null, retry: () => undefined };
}

function answers(change: Partial<Answers>): Answers {
  const full = loaded(frame);
  const known = { numbers: loaded(series), overview: loaded(series), past: undefined };
  return { ...known, full, inFull: true, overviewWillDo: false, ...change };
}

it('draws the reduction that was asked for, never the log-mean under its name', () => {
  const signed = shownRun(LOOK, 10, 'signed_mean', answers({}));
  expect(Array.from(signed.profile!.log10)).toEqual([-2, NaN, -1]);
  const other = shownRun(LOOK, 10, 'rms', answers({}));
  expect(other).toMatchObject({
    profile: null,
    missing: 'has no RMS; recorded: log-mean, signed mean',
  });
});

it('says of a run whose frame is on its way that it is loading', () => {
  // The frame of another choice stands in for its header, and must not look like the answer.
  const full = loaded(frame, 'loading');
  expect(shownRun(LOOK, 10, 'rms', answers({ full }))).toMatchObject({
    profile: null,
    missing: 'is loading',
  });
});

it('shows the overview where it has what is looked at', () => {
  const one = shownRun(LOOK, 10, 'log_mean', answers({ inFull: false, overviewWillDo: true }));
  expect(Array.from(one.profile!.log10)).toEqual([-3, -2, -1]);
  expect(one.missing).toBeNull();
});

it('tells what cancellation leaves of a signed mean', () => {
  const { profile } = shownRun(LOOK, 10, 'signed_mean', answers({}));
  expect([0, 1, 2].map((t) => leftOver(profile!, t))).toEqual([
    ' (4.0 % left after cancellation)',
    '',
    ' (100 % left after cancellation)',
  ]);
});
