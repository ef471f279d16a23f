import { describe, expect, it } from 'vitest';
import type { Frame } from '../../api';
import type { Plane, PlaneData } from '../../wire';
import { atOutput, colourSpan, jacobianOf, levelsOf } from './jacobian_data';
import type { Shown } from './questions';

function plane(name: string, shape: number[], data: PlaneData): [string, Plane] {
  return [name, { name, shape, data, rows: null, damaged: null }];
}

/** Two output steps of a causal net over three timesteps. */
const frame: Frame = {
  step: 5,
  wallTime: 0,
  header: { shape: [6, 2, 3, 1], floor: 1e-38 },
  damaged: null,
  planes: new Map([
    plane('output_steps', [2], Uint32Array.of(1, 2)),
    plane('states', [2, 3], Uint8Array.of(0, 0, 2, 0, 0, 0)),
    plane('log_mean', [2, 3], Float32Array.of(-3, -1, NaN, -6, -4, -2)),
    plane('ratio', [2], Float64Array.of(-1, -2)),
  ]),
};

const shown: Shown = {
  run: 'r',
  colour: '#123456',
  step: 7,
  profile: null,
  earlier: [],
  scalars: null,
  frame: null,
  missing: null,
  failed: null,
  waiting: false,
  retry: () => undefined,
};
const answer = { recorded: true, frame, waiting: false, failed: null, retry: shown.retry };

describe('a run at the output step that was picked', () => {
  it('shows the row as a curve, with the numbers of that row', () => {
    const { profile, scalars, step, missing } = atOutput(shown, 2, answer);
    expect(Array.from(profile!.log10)).toEqual([-6, -4, -2]);
    expect(profile).toMatchObject({ run: 'r', colour: '#123456', step: 5, outputStep: 2 });
    expect(scalars).toMatchObject({ output_step: 2, reach: 2, examples: 6, unreachable: 0 });
    expect([step, missing]).toEqual([5, null]);
    expect(atOutput(shown, 1, answer).scalars).toMatchObject({ reach: 1, unreachable: 1 });
  });

  it('never shows another output under its name', () => {
    const recorded = atOutput(shown, 2, answer);
    for (const [changes, words] of [
      [{ recorded: false, frame: null }, { missing: 'has no Jacobian' }],
      [{ frame: null, waiting: true }, { waiting: true }],
      [{ frame: null, failed: 'gone' }, { failed: 'gone' }],
    ] as const) {
      const found = atOutput(recorded, 2, { ...answer, ...changes });
      expect(found).toMatchObject({ profile: null, scalars: null, earlier: [], ...words });
    }
    const other = atOutput(recorded, 0, answer);
    expect(other).toMatchObject({ profile: null, missing: 'has no output step 0 in its Jacobian' });
  });

  it('says that the Jacobian is damaged', () => {
    const planes = new Map(frame.planes);
    planes.set('log_mean', { ...planes.get('log_mean')!, damaged: 'the checksum does not match' });
    const found = atOutput(shown, 2, { ...answer, frame: { ...frame, planes } });
    expect(found).toMatchObject({ profile: null, failed: 'the Jacobian is damaged' });
  });
});

it('spans whole decades, relative to the level of each row where that is asked for', () => {
  const jacobian = jacobianOf(frame)!;
  expect(colourSpan(jacobian, false)).toEqual([-7, 0]);
  const near = Array.from(levelsOf(jacobian, true));
  expect(near).toEqual(Array.from(jacobian.near));
  // Three timesteps are all near: the mean of each row is its level.
  expect(near[1]).toBeCloseTo(Math.log10((1e-6 + 1e-4 + 1e-2) / 3));
  expect(Array.from(levelsOf(jacobian, false))).toEqual([0, 0]);
});

it('does without the ratios where their plane is damaged', () => {
  const planes = new Map(frame.planes);
  planes.set('ratio', { ...planes.get('ratio')!, damaged: 'cut short' });
  expect(Array.from(jacobianOf({ ...frame, planes })!.ratio)).toEqual([NaN, NaN]);
});
