import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RecordInfo, RunInfo } from './api';
import type * as State from './state';

let state: typeof State;

beforeEach(async () => {
  window.location.hash = '';
  vi.resetModules();
  state = await import('./state');
});

afterEach(() => vi.resetModules());

function record(name: string, dead: number, changes: Partial<RecordInfo> = {}): RecordInfo {
  const last = { units: 10, dead, constant: 0, nonfinite_units: 0 };
  return {
    name,
    kind: 'activations',
    description: '',
    steps: [0, 10, 20],
    wall_time: 0,
    last,
    ...changes,
  };
}

function run(name: string, ...records: RecordInfo[]): RunInfo {
  return { name, records, color_index: 0, scalars: [] };
}

function show(...runs: RunInfo[]): void {
  state.index.value = { runs, problems: [] };
}

const names = (): string[] => state.shownRuns.value.map(({ name }) => name);

describe('runs', () => {
  it('are shown up to ten until somebody chooses', () => {
    show(...Array.from({ length: 12 }, (_, i) => run(`run${i}`)));
    expect(names()).toHaveLength(10);
    state.runChoice.value = ['run11', 'gone'];
    expect(names()).toEqual(['run11']);
    state.runChoice.value = [];
    expect(names()).toEqual([]);
  });

  it('are filtered by a regular expression; a broken one filters nothing', () => {
    show(run('relu'), run('leaky_relu'), run('a(b'));
    state.runFilter.value = '^RELU$';
    expect(names()).toEqual(['relu']);
    state.runFilter.value = 'a(b';
    expect(state.runPattern.value).toBeNull();
    expect(names()).toHaveLength(3);
  });
});

describe('the record shown', () => {
  it('is the sickest, in the sickest run', () => {
    show(
      run('a', record('conv1', 0), record('conv2', 1)),
      run('b', record('conv1', 2), record('conv2', 9)),
    );
    expect(state.recordName.activations.value).toBe('conv2');
    expect(state.runOf('activations')?.name).toBe('b');
  });

  it('does not jump when health changes while looking', () => {
    show(run('a', record('conv1', 5), record('conv2', 1)));
    expect(state.recordName.activations.value).toBe('conv1');
    show(run('a', record('conv1', 5), record('conv2', 9)));
    expect(state.recordName.activations.value).toBe('conv1');
  });

  it('is the choice, while a shown run has it', () => {
    show(run('a', record('conv1', 5), record('conv2', 1)));
    state.recordChoice.activations.value = 'conv2';
    expect(state.recordName.activations.value).toBe('conv2');
    state.recordChoice.activations.value = 'gone';
    expect(state.recordName.activations.value).toBe('conv1');
  });

  it('is the same layer and run for activations and pre-activations', () => {
    const z = (name: string, negative: number): RecordInfo =>
      record(name, 0, { kind: 'preactivations', last: { count: 10, nonfinite: 0, negative } });
    show(
      run('a', record('conv1', 9), z('conv1', 5), z('conv2', 10)),
      run('b', record('conv1', 1), z('conv1', 10)),
    );
    expect(state.recordName.preactivations.value).toBe('conv1');
    expect(state.runOf('preactivations')?.name).toBe('a');
  });

  it('may have any name', () => {
    show(run('', record('', 1)));
    expect(state.recordName.activations.value).toBe('');
    expect(state.runOf('activations')?.name).toBe('');
  });
});

describe('comparison', () => {
  it('is with another run that has the record, at the same step', () => {
    show(run('a', record('conv1', 9)), run('b'), run('c', record('conv1', 0)));
    expect(state.compared('activations')).toBeNull();
    state.compare.value = 'run';
    expect(state.compared('activations')).toMatchObject({ run: { name: 'c' }, step: null });
  });

  it('is with another step of the same run, the first by default', () => {
    show(run('a', record('conv1', 9)));
    state.compare.value = 'step';
    expect(state.compared('activations')).toMatchObject({ run: { name: 'a' }, step: 0 });
    state.compareStep.value = 10;
    expect(state.compared('activations')?.step).toBe(10);
  });
});

describe('steps', () => {
  it.each([
    [[], 5, null],
    [[0, 10, 20], null, 20],
    [[0, 10, 20], 14, 10],
    [[0, 10, 20], 15, 10],
    [[0, 10, 20], 999, 20],
    [[0, 10, 20], -1, 0],
  ])('nearest in %j to %s: %s', (steps, wanted, expected) => {
    expect(state.nearestStep(steps, wanted)).toBe(expected);
  });

  it('move over what is recorded anywhere, and follow live again at the end', () => {
    show(run('a', record('c', 0)), run('b', record('c', 0, { steps: [5] })));
    expect(state.recordedSteps.value).toEqual([0, 5, 10, 20]);
    state.moveStep(-1);
    expect(state.step.value).toBe(10);
    state.moveStep(-99);
    expect(state.step.value).toBe(0);
    state.moveStep(99);
    expect(state.step.value).toBeNull();
  });

  it('stay where they are while a live run grows, unless they follow', () => {
    show(run('a', record('c', 0)));
    state.step.value = 10;
    show(run('a', record('c', 0, { steps: [0, 10, 20, 30] })));
    expect(state.nearestStep(state.recordedSteps.value, state.step.value)).toBe(10);
    state.step.value = null;
    expect(state.nearestStep(state.recordedSteps.value, state.step.value)).toBe(30);
  });
});
