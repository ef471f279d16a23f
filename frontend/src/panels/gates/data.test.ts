import { describe, expect, it } from 'vitest';
import type { Frame, Series } from '../../api';
import type { Plane } from '../../wire';
import { gatesFrame, gateSteps, gateWords, headline } from './data';

function plane(name: string, values: readonly (readonly number[])[] | readonly number[]): Plane {
  const data = Float64Array.from(values.flat());
  const first = values[0];
  const shape = Array.isArray(first) ? [values.length, first.length] : [values.length];
  return { name, shape, rows: null, data, damaged: null };
}

function frame(planes: readonly Plane[]): Frame {
  return {
    step: 4,
    wallTime: 0,
    header: { gates: ['input', 'forget'], thresholds: [0.1, 0.9] },
    damaged: null,
    planes: new Map(planes.map((one) => [one.name, one])),
  };
}

const LEFT = plane('left', [
  [9, 0, 0],
  [0, 0, 0],
]);
const RIGHT = plane('right', [
  [0, 4, 0],
  [10, 6, 0],
]);
const COUNT = plane('count', [10, 10, 0]);

describe('gates of a frame', () => {
  const found = gatesFrame(frame([LEFT, RIGHT, COUNT]))!;

  it('are shares of the time, and nothing where nothing was finite', () => {
    expect([...found.gates[0].left]).toEqual([0.9, 0, NaN]);
    expect([...found.gates[1].right]).toEqual([1, 0.6, NaN]);
    expect(gateWords(found.gates[0])).toBe('shut 45 %, open 20 % of the time');
  });

  it('are told by how many units are stuck, the most first', () => {
    expect(headline(found)).toBe(
      'forget: 2 of 3 units right-saturated; input: 1 of 3 units left-saturated more than half of the time',
    );
    const free = gatesFrame(frame([LEFT, RIGHT, plane('count', [100, 100, 100])]))!;
    expect(headline(free)).toBe('No unit of any gate is saturated more than half of the time');
  });

  it('are none where their counts can’t be read', () => {
    expect(gatesFrame(frame([LEFT, COUNT]))).toBeNull();
    expect(gatesFrame(frame([LEFT, { ...RIGHT, damaged: 'so' }, COUNT]))).toBeNull();
  });
});

it('the steps of a gate are its shares over all units', () => {
  const planes = [
    plane('left_share', [
      [0.1, 0.2],
      [0.3, 0.4],
    ]),
    plane('right_share', [
      [0, 1],
      [1, 0],
    ]),
  ];
  const series: Series = {
    steps: [0, 5],
    wallTimes: [0, 5],
    damaged: [],
    planes: new Map(planes.map((one) => [one.name, one])),
  };
  const found = gateSteps(series, 1)!;
  expect(found.steps).toEqual([0, 5]);
  expect(Array.from(found.right)).toEqual([1, 0]);
  expect(gateSteps({ ...series, planes: new Map() }, 0)).toBeNull();
});
