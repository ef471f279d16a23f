import { describe, expect, it } from 'vitest';
import { historyCounts, historyWords, unitHistory } from './unit_history';
import {
  ACTIVE,
  CONSTANT,
  DEAD,
  deadAt,
  everDead,
  fillSteps,
  LAST,
  ON_AND_OFF,
  rememberedSteps,
  UNKNOWN,
  unitSteps,
} from './unit_steps';
import { columnTicks } from './unit_steps_paint';

const STEPS = [0, 10, 40];

/** Vectors [3 steps, 4 units]: never zero; dies; constant, then back; not recorded at step 10. */
const measured = {
  width: 4,
  zero: [0, 0.5, 0, 0.25, 0, 1, 0, NaN, 0, 1, 0.1, 1],
  min: [1, 0, 2, 0, 1, 0, 2, NaN, 1, 0, 0, 0],
  max: [2, 3, 2, 1, 2, 0, 2, NaN, 2, 0, 2, 0],
  constant: [0, 0, 1, 0, 0, 1, 1, NaN, 0, 1, 0, 1],
};

const rows = (codes: Uint8Array, columns: number) =>
  Array.from({ length: codes.length / columns }, (_, unit) => [
    ...codes.subarray(unit * columns, (unit + 1) * columns),
  ]);

describe('units over the training, from the vectors of a series', () => {
  const course = unitSteps(STEPS, 4, measured)!;

  it('are dead, constant, active by their share of zeros, or unknown', () => {
    expect(rows(course.codes, 3)).toEqual([
      [ACTIVE, ACTIVE, ACTIVE],
      [ACTIVE + 8, DEAD, DEAD],
      [CONSTANT, CONSTANT, ACTIVE + 2],
      [ACTIVE + 4, UNKNOWN, DEAD],
    ]);
  });

  it('are counted by step and over all steps', () => {
    expect(deadAt(course)).toEqual([0, 1, 2]);
    expect(everDead(course)).toEqual({ everDead: 2, revived: 0 });
    const back = unitSteps([0, 1], 1, {
      width: 1,
      zero: [1, 0],
      min: [0, 0],
      max: [0, 1],
      constant: [],
    });
    expect(everDead(back!)).toEqual({ everDead: 1, revived: 1 });
  });

  it('are null where the vectors were left out', () => {
    const none = { width: 0, zero: [], min: [], max: [], constant: [] };
    expect(unitSteps(STEPS, 4, none)).toBeNull();
    const empty = Array<number>(12).fill(NaN);
    const unknown = { width: 4, zero: empty, min: empty, max: empty, constant: empty };
    expect(unitSteps(STEPS, 4, unknown)).toBeNull();
  });

  it('do without the vectors that did not fit', () => {
    const { codes } = unitSteps(STEPS, 4, { ...measured, zero: [], constant: [] })!;
    expect(rows(codes, 3)[1]).toEqual([ACTIVE, DEAD, DEAD]);
    expect(rows(codes, 3)[2]).toEqual([ACTIVE, ACTIVE, ACTIVE]);
  });
});

/** Never dead; dead since 10; dead from 10 to 20 and back; dead at 0 and 30, alive between. */
const HISTORY = [
  ...[4, 4, 4, 4],
  ...[0, 3, 2, 2],
  ...[NaN, 10, 10, 0],
  ...[NaN, 30, 20, 30],
  ...[0, 0, 1, 1],
  ...[-1, 0, 0, 0],
  ...[2, 3, 4, 5],
];
const ROWS = ['steps', 'steps_dead', 'first_dead_step', 'last_dead_step', 'revived', 'min', 'max'];

describe('the memory of a recorder', () => {
  const history = unitHistory(Float64Array.from(HISTORY), ROWS, 4)!;

  it('says when a unit was dead', () => {
    expect([0, 1, 2, 3].map((unit) => historyWords(history, unit))).toEqual([
      'never dead in 4 probes',
      'first dead at step 10, dead in 3 of 4 probes',
      'first dead at step 10, dead in 2 of 4 probes, revived once',
      'first dead at step 0, dead in 2 of 4 probes, revived once',
    ]);
    expect(historyCounts(history)).toEqual({ everDead: 3, revived: 2 });
  });

  it('stands in for the vectors: what is sure is dead, what is not is dead at times', () => {
    const { codes, measured: vectors } = rememberedSteps([0, 10, 20, 30, 40], history, 30);
    expect(vectors).toBeNull();
    expect(rows(codes, 5)).toEqual([
      [ACTIVE, ACTIVE, ACTIVE, ACTIVE, UNKNOWN],
      [ACTIVE, DEAD, DEAD, DEAD, UNKNOWN],
      [ACTIVE, DEAD, DEAD, ACTIVE, UNKNOWN],
      [DEAD, ON_AND_OFF, ON_AND_OFF, DEAD, UNKNOWN],
    ]);
  });

  it('is not read from a plane without its measures', () => {
    expect(unitHistory(Float64Array.from(HISTORY), ROWS.slice(1), 4)).toBeNull();
  });
});

describe('the picture of units over steps', () => {
  it('hides no dead cell where cells share a pixel', () => {
    const [units, steps] = [333, 777];
    const codes = new Uint8Array(units * steps).fill(LAST);
    const planted = [
      [0, 0],
      [332, 776],
      [100, 5],
      [7, 400],
    ];
    for (const [unit, step] of planted) codes[unit * steps + step] = DEAD;
    const course = {
      units,
      steps: Array.from({ length: steps }, (_, i) => i),
      codes,
      measured: null,
    };
    const order = Array.from({ length: units }, (_, i) => units - 1 - i);
    const [width, height] = [200, 100];
    const out = new Uint32Array(width * height);
    fillSteps(out, width, height, course, order, (code) => code);
    expect(out.filter((code) => code === DEAD).length).toBe(planted.length);
    expect(out[(height - 1) * width]).toBe(DEAD);
  });

  it('names so many columns as there is room for', () => {
    const steps = Array.from({ length: 30 }, (_, i) => 10 * i);
    expect(columnTicks(steps, 560).map(({ label }) => label)).toEqual([
      ...['0', '30', '60', '90', '120', '150', '180', '210', '240', '270'],
    ]);
    expect(columnTicks([7], 20)).toEqual([{ value: 0, label: '7' }]);
  });
});
