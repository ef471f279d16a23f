import { describe, expect, it } from 'vitest';
import type { Frame } from '../../answers';
import {
  MASKED,
  NONFINITE,
  UNDERFLOWED,
  UNREACHABLE,
  type Profile,
} from '../../chart/line_amnesia';
import { columnsOf } from '../../chart/heatmap_picture';
import type { Plane, PlaneData } from '../../wire';
import {
  alongTime,
  cellAt,
  gradientProfile,
  healthIn,
  layersOf,
  pictureOf,
  recordedSeries,
  type Layer,
} from './one_example_data';

const STEPS = 6;

function frameOf(planes: Readonly<Record<string, readonly [PlaneData, readonly number[]]>>): Frame {
  const entries = Object.entries(planes).map(([name, [data, shape]]): [string, Plane] => [
    name,
    { name, data, shape, rows: null, damaged: null },
  ]);
  const header = { channels: ['a', 'b'], timesteps: STEPS };
  return { step: 3, wallTime: 0, header, damaged: null, planes: new Map(entries) };
}

const layer = (cells: number, units = 2): Layer => ({
  ...{ name: 'conv', axis: 'time', units, cells, values: '0/values', scale: '0/scale' },
});

function pictured(cells: number, steps = STEPS): ReturnType<typeof pictureOf> {
  const codes = Uint8Array.from({ length: 2 * 2 * cells }, (_, i) => 5 + (i % 250));
  const frame = frameOf({
    '0/values': [codes, [2, 2, cells]],
    '0/scale': [Float64Array.of(0, -1, 250, 1), [2, 2]],
  });
  return pictureOf(frame, layer(cells), 1, steps);
}

describe('a picture', () => {
  it('is that of the row, on the scale of its layer', () => {
    const picture = pictured(3)!;
    expect([...picture.codes]).toEqual([11, 12, 13, 14, 15, 16]);
    expect([picture.low[1], picture.high[1]]).toEqual([-1, 1]);
    expect(picture.mean[0]).toBeCloseTo(7);
  });
  it.each([
    [6, 6],
    [3, 6],
    [1, 6],
    [33, 100],
    [512, 4096],
    [511, 4096],
    [7, 4096],
    [12, 6],
  ])('of %i cells is stretched over %i timesteps', (cells, steps) => {
    const picture = pictured(cells, steps)!;
    expect(columnsOf(picture)).toBe(cells);
    expect(cellAt(picture, 0)).toBe(0);
    expect(cellAt(picture, steps - 1)).toBe(Math.floor((cells * (steps - 1)) / steps));
  });
  it('is none where a plane is missing', () => {
    expect(pictureOf(frameOf({}), layer(3), 0, STEPS)).toBeNull();
  });
});

it('tells what each unit does in one example', () => {
  const codes = Uint8Array.of(4, 4, 0, 9, 9, 0, 4, 9, 0, 9, 1, 0);
  const picture = { ...pictured(3)!, units: 4, codes };
  expect(healthIn(picture)).toEqual(['dead', 'constant', 'active', 'nonfinite']);
});

it('reads the series of a row', () => {
  const input = Float32Array.from({ length: 24 }, (_, i) => i);
  const series = recordedSeries(frameOf({ input: [input, [2, 2, STEPS]] }), 1)!;
  expect(series.input.map(({ name }) => name)).toEqual(['a', 'b']);
  expect([...series.input[1].series]).toEqual([18, 19, 20, 21, 22, 23]);
  expect(series.timestamps).toBeNull();
});

it('leaves layers without time out', () => {
  const frame = frameOf({});
  const layers = [layer(3), { ...layer(9), axis: 'space' }, { ...layer(1), axis: 'example' }];
  const told = layersOf({ ...frame, header: { ...frame.header, layers } });
  expect(alongTime(told).map(({ axis }) => axis)).toEqual(['time', 'example']);
});

describe('a gradient', () => {
  const look = { run: 'run', colour: '#123456', channel: 0 };
  function profile(values: readonly number[], channel = 0, single = false): Profile {
    const data = single ? Float32Array.from(values) : Float64Array.from(values);
    const frame = frameOf({
      gradient: [data, [1, values.length / STEPS, STEPS]],
      output_steps: [Uint32Array.of(4), [1]],
    });
    return gradientProfile(frame, 0, { ...look, channel })!;
  }
  it('combines channels by their length, or shows one', () => {
    const values = [3, 0, 0, 0, 0, 0, -4, 0, 0, 0, 0, -0.1];
    expect(10 ** profile(values).log10[0]).toBeCloseTo(5);
    expect(10 ** profile(values, 2).log10[0]).toBeCloseTo(4);
    expect(profile(values).outputStep).toBe(4);
  });
  it('tells the kinds of nothing apart', () => {
    const values = [0, 1e-306, 1e-3, Infinity, 1, NaN];
    expect(Array.from(profile(values).states)).toEqual([UNDERFLOWED, 0, 0, NONFINITE, 0, MASKED]);
    expect(Array.from(profile([0, 1e-3, 0, 1, 1, 0]).states)).toEqual([
      ...[UNREACHABLE, 0, UNREACHABLE, 0, 0, UNREACHABLE],
    ]);
  });
  it('knows what a narrower format loses', () => {
    const values = [0, 1e-36, 1e-3, 1, 1, 1];
    expect(profile(values, 0, true).states[0]).toBe(UNDERFLOWED);
    expect(profile(values).states[0]).toBe(UNREACHABLE);
  });
});
