import { describe, expect, it } from 'vitest';
import type { Frame, Series } from '../../api';
import type { ModelGraph } from '../../model';
import type { Plane } from '../../wire';
import { globalNorms, netOf, outputSteps, peaksOf, readings, rowsOf, tableOf } from './data';

const HEADER = {
  parameters: ['dense/kernel', 'dense/bias', 'conv/kernel'],
  layers: ['dense', 'dense', 'conv'],
  shapes: [[4, 4], [4], [2, 2]],
  sizes: [16, 4, 4],
  source: 'applied',
  objective: 'loss',
  outputs: ['dense', 'conv'],
};

function graph(...names: string[]): ModelGraph {
  const nodes = names.map((name) => ({
    name,
    kind: 'Dense',
    activation: null,
    shape: null,
    parameters: 0,
    records: [],
  }));
  return { nodes, edges: [] };
}

function plane(name: string, rows: readonly string[] | null, values: readonly number[][]): Plane {
  const shape = [values.length, values[0].length];
  return { name, shape, rows, data: Float64Array.from(values.flat()), damaged: null };
}

function series(planes: readonly Plane[], steps = [0, 10]): Series {
  return {
    steps,
    wallTimes: steps,
    damaged: [],
    planes: new Map(planes.map((one) => [one.name, one])),
  };
}

const NET = netOf(HEADER, graph('input', 'conv', 'dense'))!;

describe('a net', () => {
  it('lists its weights in the order of the graph, or as they were met without one', () => {
    const names = (net: typeof NET) => rowsOf(net, 'gradient').map(({ name }) => name);
    expect(names(NET)).toEqual(['conv/kernel', 'dense/kernel', 'dense/bias']);
    for (const unknown of [null, graph('conv')]) {
      expect(names(netOf(HEADER, unknown)!)).toEqual(HEADER.parameters);
    }
    expect(rowsOf(NET, 'output').map(({ name }) => name)).toEqual(['conv', 'dense']);
  });

  it('keeps the rows of a layer together', () => {
    const net = netOf(
      { ...HEADER, layers: ['a', 'b', 'a'], parameters: ['a/x', 'b/x', 'a/y'] },
      null,
    )!;
    expect(rowsOf(net, 'weight').map(({ name }) => name)).toEqual(['a/x', 'a/y', 'b/x']);
  });

  it('calls a part by its name within the layer, and tells matrices from vectors', () => {
    expect(NET.parameters.map(({ label, kind }) => [label, kind])).toEqual([
      ['kernel', 'matrix'],
      ['bias', 'vector'],
      ['kernel', 'matrix'],
    ]);
  });

  it('is none where the header lists nothing', () => {
    expect(netOf({}, null)).toBeNull();
  });
});

describe('a table', () => {
  it('has norms divided by the root of the size, in the order of the rows', () => {
    const found = tableOf(
      NET,
      series([
        plane('gradient_norm', null, [
          [8, 2, 2],
          [4, 2, 6],
        ]),
      ]),
      'gradient',
    )!;
    expect([...found.values]).toEqual([1, 3, 2, 1, 1, 1]);
    expect(found.steps).toEqual([0, 10]);
  });

  it('leaves ratios as they are, and counts what is broken', () => {
    const planes = [
      plane('update_ratio', null, [[0.1, 0.2, 0.3]]),
      plane('weight_nonfinite', null, [[0, 5, 0]]),
    ];
    const found = tableOf(NET, series(planes, [3]), 'update')!;
    expect([...found.values]).toEqual([0.3, 0.1, 0.2]);
    expect([...found.broken]).toEqual([0, 0, 5]);
  });

  it('has only the steps at which anything was measured', () => {
    const rms = plane('output_rms', null, [
      [NaN, NaN],
      [0.5, 0.25],
    ]);
    const found = tableOf(NET, series([rms]), 'output')!;
    expect(found.steps).toEqual([10]);
    expect([...found.values]).toEqual([0.25, 0.5]);
  });

  it('keeps a step at which all was NaN', () => {
    const planes = [
      plane('gradient_norm', null, [[NaN, NaN, NaN]]),
      plane('gradient_nonfinite', null, [[16, 4, 4]]),
    ];
    expect(tableOf(NET, series(planes, [7]), 'gradient')?.steps).toEqual([7]);
  });

  it.each([
    ['absent', series([])],
    ['empty', series([{ ...plane('gradient_norm', null, [[1]]), shape: [2, 0] }])],
    ['damaged', series([{ ...plane('gradient_norm', null, [[1, 1, 1]]), damaged: 'so' }])],
  ])('is none where the vector is %s', (_, of) => {
    expect(tableOf(NET, of, 'gradient')).toBeNull();
  });

  it('tells the steps with gradients of outputs, and the norms over all', () => {
    const scalars = plane(
      'scalars',
      ['layers', 'gradient_norm'],
      [
        [0, 3],
        [2, NaN],
      ],
    );
    expect(outputSteps(series([scalars]))).toEqual([10]);
    expect(globalNorms(series([scalars]))).toEqual([{ step: 0, norm: 3 }]);
  });
});

describe('a frame', () => {
  const frame = (planes: readonly Plane[]): Frame => ({
    step: 4,
    wallTime: 0,
    header: HEADER,
    damaged: null,
    planes: new Map(planes.map((one) => [one.name, one])),
  });

  it('is read by name', () => {
    const rows = ['gradient_norm', 'gradient_nonfinite'];
    const found = readings(
      NET,
      frame([
        plane('parameters', rows, [
          [8, 2, NaN],
          [0, 1, NaN],
        ]),
      ]),
      'gradient',
    );
    expect(found.get('dense/kernel')).toEqual({ value: 2, broken: 0 });
    expect(found.get('dense/bias')).toEqual({ value: 1, broken: 1 });
    expect(found.get('conv/kernel')).toEqual({ value: NaN, broken: 0 });
    expect(readings(NET, frame([]), 'gradient').size).toBe(0);
  });

  it('remembers peaks, those of one step together', () => {
    const rows = ['gradient_norm_max', 'gradient_norm_max_step'];
    expect(
      peaksOf(
        frame([
          plane('history', rows, [
            [3, 4, 9],
            [2, 2, 5],
          ]),
        ]),
      ),
    ).toEqual([
      { step: 2, norm: 5 },
      { step: 5, norm: 9 },
    ]);
    expect(peaksOf(frame([]))).toEqual([]);
  });
});
