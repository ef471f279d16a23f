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

  it('is none of another layer where the chosen one has no such record', () => {
    const z = record('conv2', 0, { kind: 'preactivations' });
    show(run('a', record('conv1', 5), record('conv2', 1), z));
    expect(state.recordName.activations.value).toBe('conv1');
    expect(state.recordName.preactivations.value).toBeNull();
    expect(state.layerWithout('preactivations')).toBe('conv1');
    state.recordChoice.activations.value = 'conv2';
    expect(state.recordName.preactivations.value).toBe('conv2');
    expect(state.layerWithout('preactivations')).toBeNull();
    state.recordChoice.activations.value = null;
    show(run('a', record('conv1', 5), record('conv2', 1), z, { ...z, name: 'conv3' }));
    state.recordChoice.preactivations.value = 'conv3';
    expect(state.recordName.activations.value).toBeNull();
    expect(state.layerWithout('activations')).toBe('conv3');
  });

  it('is each kind’s own where layers go by other names', () => {
    show(run('a', record('relu1', 5), record('dense1', 0, { kind: 'preactivations' })));
    expect(state.recordName.preactivations.value).toBe('dense1');
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

  it('is of the same two runs in the same order for both kinds of a layer', () => {
    const both = (dead: number) => [record('c', dead), record('c', 0, { kind: 'preactivations' })];
    show(run('a', ...both(0)), run('b', ...both(9)), run('c', ...both(5)));
    state.compare.value = 'run';
    const names = (kind: 'activations' | 'preactivations') => [
      state.runOf(kind)?.name,
      state.compared(kind)?.run.name,
    ];
    for (const [focus, other] of [
      [null, null],
      [null, 'c'],
      ['a', null],
      ['c', 'a'],
      ['b', 'b'],
    ]) {
      state.runFocus.value = focus;
      state.compareRun.value = other;
      expect(names('preactivations')).toEqual(names('activations'));
    }
    // Where the second has no pre-activations no third run takes its place.
    show(run('a', record('c', 0)), run('b', ...both(9)), run('c', ...both(5)));
    [state.runFocus.value, state.compareRun.value] = ['b', 'a'];
    expect(names('activations')).toEqual(['b', 'a']);
    expect(names('preactivations')).toEqual(['b', undefined]);
  });

  it('is with another step of the same run, the first by default', () => {
    show(run('a', record('conv1', 9)));
    state.compare.value = 'step';
    expect(state.compared('activations')).toMatchObject({ run: { name: 'a' }, step: 0 });
    state.compareStep.value = 10;
    expect(state.compared('activations')?.step).toBe(10);
  });
});

describe('moving the unit', () => {
  it.each([
    [[4, 0, 2], null, 1, 4],
    [[4, 0, 2], 0, 1, 2],
    [[4, 0, 2], 0, -1, 4],
    [[4, 0, 2], 4, -1, 4],
    [[4, 0, 2], 2, 1, 2],
    [[4, 0, 2], 99, 1, 4],
    [[], 3, 1, 3],
    // Without a heatmap: by index, of the ten there are.
    [null, 9, 1, 9],
    [null, 3, -1, 2],
  ])('in rows %j from %j by %i: %i', (order, from, rows, to) => {
    show(run('a', record('conv1', 0)));
    state.shownOrder.value = order;
    state.unit.value = from;
    state.moveUnit(rows);
    expect(state.unit.value).toBe(to);
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
