import { describe, expect, it } from 'vitest';
import type { Frame } from '../../api';
import type { Plane } from '../../wire';
import { tableOf } from './table';

const floats = (...values: number[]) => Float32Array.from(values);
const json = (value: string) => new TextEncoder().encode(value);

function plane(name: string, data: Plane['data'], shape: readonly number[] = [data.length]): Plane {
  return { name, shape, rows: null, data, damaged: null };
}

const SOUND: readonly Plane[] = [
  plane('label', floats(0, 1, NaN)),
  plane('prediction', floats(0.1, 0.8, 0.5)),
  plane('group', Uint32Array.of(0, 0, 1)),
  plane('group/names', json('["a","b"]')),
  plane('column/0', floats(1, 2, 3)),
  plane('column/1', Uint32Array.of(1, 0, 0xffffffff)),
  plane('column/1/names', json('["m","f"]')),
  plane('kept/rows', Uint32Array.of(2)),
  plane('kept/input', floats(1, 2, 3, 4), [1, 2, 2]),
];
const HEADER = {
  ...{ task: 'binary', classes: null, group: 'user', kept: { reasons: ['loss'], channels: null } },
  columns: [
    { name: 'age', kind: 'number' },
    { name: 'sex', kind: 'category' },
  ],
};

function frame(more: readonly Plane[] = [], header: object = {}): Frame {
  const planes = new Map([...SOUND, ...more].map((one) => [one.name, one]));
  return { step: 1, header: { ...HEADER, ...header }, planes } as unknown as Frame;
}

describe('a frame of predictions', () => {
  it('is read whole', () => {
    const table = tableOf(frame())!;
    expect(table.damage).toEqual([]);
    expect(table.columns.map(({ name }) => name)).toEqual(['age', 'sex']);
    expect([table.group?.names, table.kept?.reasons]).toEqual([['a', 'b'], ['loss']]);
  });

  it.each([
    [plane('analysis', json('{"task":')), "plane 'analysis' is not JSON"],
    [plane('analysis', json('[1, 2]')), "plane 'analysis' holds something else than expected"],
    [plane('analysis', json('null')), "plane 'analysis' holds something else than expected"],
    [plane('analysis', json('{"task":"binary"}')), 'something else'],
    [plane('group/names', json('{"a":1}')), "plane 'group/names' holds something else"],
    [plane('column/1/names', json('[1, 2]')), 'something else'],
    [plane('column/1/names', json('["m"]')), "plane 'column/1' has codes without a name"],
    [plane('column/0', floats(1, 2)), "plane 'column/0' is not one value for each of 3 rows"],
    [plane('column/0', Uint32Array.of(1, 2, 3)), 'not one value for each'],
    [plane('baseline', floats(1, 2)), "plane 'baseline' is not one value"],
    [plane('time', floats(1, 2, 3)), "plane 'time' is not one value"],
    [plane('kept/rows', Uint32Array.of(3)), "plane 'kept/input' is not one series a kept row"],
    [plane('kept/input', floats(1, 2), [2, 1]), "plane 'kept/input' is not one series"],
    [plane('kept/timestamps', floats(1, 2)), "plane 'kept/timestamps' has not one time a timestep"],
  ])('says of $name what is wrong, and shows the rest', (wrong, said) => {
    const table = tableOf(frame([wrong]))!;
    expect(table.damage).toHaveLength(1);
    expect(table.damage[0]).toContain(said);
    expect(table.rows).toBe(3);
  });

  it.each([
    { columns: 3 },
    { columns: [null, 4] },
    { kept: 'all' },
    { classes: [1] },
    { group: {} },
  ])('takes a header of other types: %j', (header) =>
    expect(tableOf(frame([], header))?.rows).toBe(3),
  );

  it.each([
    frame([], { task: 'ranking' }),
    frame([plane('label', Uint8Array.of(0, 1, 1))]),
    frame([plane('prediction', floats(1))]),
  ])('is none without labels, predictions and a task', (bad) => expect(tableOf(bad)).toBeNull());
});
