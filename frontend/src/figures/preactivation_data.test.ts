import { describe, expect, it } from 'vitest';
import type { Frame, Series } from '../api';
import type { Plane } from '../wire';
import {
  layerRidges,
  negativeShares,
  preactivationFrame,
  unitHistogram,
  unitRidges,
} from './preactivation_data';

const ROWS = ['count', 'negative', 'min', 'max'];
const BINS = { mantissa_bits: 1, min_exponent: -24, max_exponent: 16, first: -49 };

function plane(
  name: string,
  shape: number[],
  data: Plane['data'],
  rows: string[] | null = null,
): Plane {
  return { name, shape, data, rows, damaged: null };
}

/** Three units of 10 cells: all, half and none of them below zero. */
function frame(step: number, extra: readonly Plane[] = []): Frame {
  const units = Float64Array.from([10, 10, 10, 10, 5, 0, -3, -1, 1, -1, 1, 2]);
  const planes = [
    plane('units', [4, 3], units, ROWS),
    plane('layer_counts', [3], Float64Array.from([15, 0, 15])),
    ...extra,
  ];
  return {
    step,
    wallTime: 0,
    header: { bins: { ...BINS, mantissa_bits: 3, first: -1 }, unit_bins: BINS, channels: null },
    damaged: null,
    planes: new Map(planes.map((one) => [one.name, one])),
  };
}

const unitCounts = plane('unit_counts', [3, 2], Uint32Array.from([10, 0, 5, 5, 0, 10]));

/** Two steps; the second's histogram was too long to be kept. */
const series: Series = {
  steps: [0, 10],
  wallTimes: [0, 1],
  damaged: [],
  planes: new Map([
    [
      'scalars',
      plane('scalars', [2, 3], Float32Array.from([4, 1, -2, 4, 3, 0]), [
        'count',
        'negative',
        'first',
      ]),
    ],
    ['counts', plane('counts', [2, 3], Float32Array.from([1, 3, NaN, NaN, NaN, NaN]))],
  ]),
};

describe('a pre-activations frame', () => {
  it('counts exactly what lies below zero', () => {
    const read = preactivationFrame(frame(5))!;
    expect(read).toMatchObject({ count: 30, negative: 15, alwaysNegative: 1, unitCounts: null });
    expect([...negativeShares(read)]).toEqual([1, 0.5, 0]);
    expect(read.layer).toMatchObject({ first: -1, bins: { mantissaBits: 3 } });
  });

  it('holds a histogram for each unit, if asked for', () => {
    const read = preactivationFrame(frame(5, [unitCounts]))!;
    expect(Array.from(unitHistogram(read, 1)!.counts)).toEqual([5, 5]);
    expect(unitHistogram(read, 3)).toBeNull();
    expect(unitHistogram(preactivationFrame(frame(5))!, 1)).toBeNull();
  });

  it('is nothing where its statistics are damaged', () => {
    const broken = frame(5);
    const planes = new Map(broken.planes);
    planes.set('units', { ...planes.get('units')!, damaged: 'bad checksum' });
    expect(preactivationFrame({ ...broken, planes })).toBeNull();
  });
});

describe('ridges', () => {
  it('are the series and the shown step, which is exact; steps without a histogram are left out', () => {
    const shown = preactivationFrame(frame(10));
    const ridges = layerRidges(series, shown);
    expect(ridges.map(({ step, negative }) => [step, negative])).toEqual([
      [0, 0.25],
      [10, 0.5],
    ]);
    expect(ridges.map(({ histogram }) => histogram.bins.mantissaBits)).toEqual([2, 3]);
    const both = layerRidges(series, preactivationFrame(frame(0)));
    expect(both.map(({ histogram, negative }) => [histogram.first, negative])).toEqual([[-2, 0.5]]);
    expect(layerRidges(series, null).map(({ step }) => step)).toEqual([0]);
    expect(layerRidges(null, null)).toEqual([]);
  });

  it('of one unit come from frames, each step once', () => {
    const frames = [20, 10, 10].map((step) => preactivationFrame(frame(step, [unitCounts])));
    const ridges = unitRidges([...frames, null], 0);
    expect(ridges.map(({ step, negative }) => [step, negative])).toEqual([
      [10, 1],
      [20, 1],
    ]);
  });
});
