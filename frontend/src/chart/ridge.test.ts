import { describe, expect, it } from 'vitest';
import { density, readBin, ridgeAt, ridgeLayout, ridgeScales, zeroShare } from './ridge';
import { binOf, binRange, occupied, SERIES_BINS, total, valueQuantile } from './ridge_bins';
import { fraction, valueAt, valueScale, valueTicks } from './ridge_scale';
import { ridgeTitle } from './ridge_title';
import { histogramPicture } from './ridge_units';

const N = 160;

/** All bins of the series, filled from values. */
function histogram(values: readonly number[]) {
  const counts = new Float32Array(2 * N + 1);
  for (const value of values) counts[binOf(SERIES_BINS, value) + N]++;
  return { bins: SERIES_BINS, first: -N, counts };
}

const normal = Array.from({ length: 4000 }, (_, i) => {
  const u = (i + 0.5) / 4000;
  return Math.log(u / (1 - u)); // logistic quantiles
});

describe('signed log bins', () => {
  it.each([
    [0, -(2 ** -24), 2 ** -24],
    [1, 2 ** -24, 1.25 * 2 ** -24],
    [4, 1.75 * 2 ** -24, 2 ** -23],
    [-5, -1.25 * 2 ** -23, -(2 ** -23)],
    [97, 1, 1.25],
  ])('bin %d holds %d .. %d', (k, low, high) => {
    expect(binRange(SERIES_BINS, k)).toEqual([low, high]);
  });

  it('and values find each other', () => {
    for (let k = -N; k <= N; k++) {
      const [low, high] = binRange(SERIES_BINS, k);
      expect(binOf(SERIES_BINS, (low + high) / 2)).toBe(k);
      if (k > 0) expect(binOf(SERIES_BINS, low)).toBe(k);
      if (k < 0) expect(binOf(SERIES_BINS, high)).toBe(k);
    }
    expect([1e9, -1e9, 1e-12].map((value) => binOf(SERIES_BINS, value))).toEqual([N, -N, 0]);
  });

  it('know their total, their quantiles and where anything is', () => {
    const some = histogram([-3, -3, 0.5, 100]);
    expect(total({ ...some, counts: [1, NaN, 2] })).toBe(3);
    expect(occupied([some])).toEqual([-3.5, 112]);
    expect(occupied([histogram([])])).toBeNull();
    expect(valueQuantile([some], 0.5)).toBe(-3.25);
  });
});

describe('the value axis', () => {
  it('always has zero in view, with room on both sides', () => {
    for (const axis of ['symlog', 'linear'] as const) {
      const scale = valueScale([histogram([-5, -4, -3])], axis);
      expect(scale.from).toBeLessThan(-3);
      expect(fraction(scale, 0)).toBeGreaterThan(0.85);
      expect(fraction(scale, 0)).toBeLessThan(0.95);
      expect(valueTicks(scale, 8).some(({ value, major }) => value === 0 && major)).toBe(true);
    }
  });
  it('goes there and back', () => {
    const scale = valueScale([histogram(normal)], 'symlog');
    for (const value of [-4, -0.01, 0, 0.3, 5]) {
      expect(valueAt(scale, fraction(scale, value))).toBeCloseTo(value, 9);
    }
  });
});

describe('a density', () => {
  it.each(['symlog', 'linear'] as const)('on a %s axis keeps every share', (axis) => {
    const counts = histogram(normal);
    const scale = valueScale([counts], axis);
    const shares = density(counts, scale, 240);
    expect(shares.every((share) => share >= -1e-9)).toBe(true);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(axis === 'symlog' ? 1 : 0.998, 2);
    // As much lies left of zero on the picture as in the data.
    const zero = Math.round(fraction(scale, 0) * 240);
    expect(shares.slice(0, zero).reduce((a, b) => a + b)).toBeCloseTo(0.5, 1);
  });

  it('keeps the share of a bin wider than a pixel exactly', () => {
    const counts = histogram([1.1, 1.1, 1.1, 50]);
    const scale = { axis: 'linear', from: 0, to: 100, linear: 1 } as const;
    const shares = density(counts, scale, 800);
    const sum = (from: number, to: number) =>
      shares.slice(8 * from, 8 * to).reduce((a, b) => a + b);
    expect(sum(1, 1.25)).toBeCloseTo(0.75, 6);
    expect(sum(48, 56)).toBeCloseTo(0.25, 6);
  });

  it('leaves exact zeros to a stem of their own', () => {
    const counts = histogram([0, 0, 0, 1]);
    expect(zeroShare(counts)).toBe(0.75);
    const shares = density(counts, valueScale([counts], 'symlog'), 100);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(0.25, 6);
  });

  it('of nothing is nothing', () => {
    expect([...density(histogram([]), valueScale([], 'symlog'), 3)]).toEqual([0, 0, 0]);
  });
});

describe('the ridgeline', () => {
  it.each([1, 2, 30, 200])('of %d steps fits its height, the newest at the bottom', (steps) => {
    const { baselines, peak } = ridgeLayout(steps, 300);
    expect(baselines.length).toBe(steps);
    expect(baselines[steps - 1]).toBeCloseTo(300);
    expect(baselines[0] - peak).toBeGreaterThanOrEqual(-1e-9);
  });

  it('is not flattened by one collapsed step', () => {
    const flat = Array.from({ length: 19 }, () => Float32Array.from([0.0001, 0.0002]));
    const densities = [...flat, Float32Array.from([0, 0.02]), new Float32Array(2)];
    const heights = ridgeScales(densities).map((scale, i) => Math.max(...densities[i]) / scale);
    expect(heights[19]).toBeCloseTo(1);
    expect(heights[0]).toBeCloseTo(0.01 ** 0.25);
    expect(heights[20]).toBe(0);
  });

  it('finds the ridge on whose slope the pointer is', () => {
    const layout = ridgeLayout(30, 300);
    layout.baselines.forEach((y, i) => expect(ridgeAt(layout, y - layout.spacing / 2)).toBe(i));
    expect(ridgeAt(layout, 999)).toBe(29);
    expect(ridgeAt(layout, -99)).toBe(0);
  });

  it('reads the exact count under the pointer', () => {
    const counts = histogram([1.1, 1.2, -7]);
    const scale = valueScale([counts], 'symlog');
    const read = readBin(counts, scale, fraction(scale, 1.15));
    expect(read).toEqual({ low: 1, high: 1.25, count: 2, share: 2 / 3 });
  });
});

describe('the title', () => {
  it.each([
    [998, 1000, 14, 16, '99.8 % below zero; 14 of 16 units always negative'],
    [500, 1000, 0, 16, '50 % below zero'],
    [10, 10, 1, 1, '100 % below zero; 1 of 1 unit always negative'],
    [0, 0, 0, 16, 'no finite value'],
  ])('of %d below zero among %d', (negative, count, always, units, title) => {
    expect(ridgeTitle(negative, count, always, units)).toBe(title);
  });
});

describe('units x value', () => {
  it('is a picture whose rows are the units, negative values on the negative side', () => {
    const bins = { ...SERIES_BINS, mantissaBits: 0 };
    const scale = { axis: 'linear', from: -4, to: 4, linear: 1 } as const;
    // Bins -26 .. 26; 25 holds [1, 2) and -26 holds (-4, -2].
    const counts = new Uint32Array(2 * 53);
    counts[25 + 26] = 9;
    counts[53] = 5;
    const { codes } = histogramPicture(counts, 2, bins, -26, scale, 8);
    expect([...codes.slice(0, 8)]).toEqual([4, 4, 4, 4, 4, 255, 4, 4]);
    expect([...codes.slice(8)].map((code) => Math.sign(code - 4))).toEqual([
      1, 1, 0, 0, 0, 0, 0, 0,
    ]);
    expect(codes[8]).toBeLessThan(130);
  });
});
