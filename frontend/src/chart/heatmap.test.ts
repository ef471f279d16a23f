import { describe, expect, it } from 'vitest';
import {
  MASKED,
  NAN,
  OVER,
  paletteOf,
  POSITIVE_INFINITY,
  RAMP,
  UNDER,
  ZERO,
} from './colour_palette';
import { colourCode, colourScale, colourTables } from './colour_scale';
import { fillHeatmap, heatmap } from './heatmap';
import { cellValue, errorOf, type Picture } from './heatmap_picture';
import { whole } from './heatmap_window';

const { pixels } = paletteOf('diverging', 'light');
const inOrder = (units: number): number[] => Array.from({ length: units }, (_, unit) => unit);

function quiet(units: number, steps: number, stride = 1): Picture {
  const filled = (value: number) => new Float64Array(units).fill(value);
  const codes = new Uint8Array(units * Math.ceil(steps / stride)).fill(130);
  return { units, steps, stride, codes, low: filled(-1), high: filled(1), mean: filled(0) };
}

function painted(picture: Picture, width: number, height: number, window = {}): Uint32Array {
  const map = heatmap(picture, inOrder(picture.units), { kind: 'diverging', limit: 1 });
  const all = whole({ steps: picture.steps, rows: picture.units });
  const out = new Uint32Array(width * height);
  fillHeatmap(out, { width, height }, map, { ...all, ...window }, pixels);
  return out;
}

describe('a picture reduced to the screen', () => {
  it('shows every one of 120 single extreme cells at 1200 pixels', () => {
    const picture = quiet(128, 4096);
    const planted: [number, number][] = [];
    for (let i = 0; i < 120; i++) {
      const [unit, t] = [(i * 37) % 128, (i * 1543 + 11) % 4096];
      picture.codes[unit * 4096 + t] = i % 2 ? 255 : 5;
      planted.push([unit, t]);
    }
    const out = painted(picture, 1200, 640);
    const visible = planted.filter(([unit, t], i) => {
      const y = unit * 5 + 2;
      const x = Math.floor((t * 1200) / 4096);
      const near = [...out.subarray(y * 1200 + Math.max(0, x - 3), y * 1200 + x + 4)];
      return near.includes(pixels[i % 2 ? RAMP + 248 : RAMP]);
    });
    expect(visible.length).toBe(120);
  });

  it.each([
    [2048, 4096, 1200, 384],
    [2048, 4099, 701, 333],
    [515, 1021, 300, 200],
    [128, 4096, 4096, 128],
    [7, 50, 64, 3],
  ])('loses no extreme of %d units x %d steps on %d x %d pixels', (units, steps, width, height) => {
    for (const [unit, t] of [
      [0, 0],
      [units - 1, steps - 1],
      [units >> 1, steps - 2],
      [units - 2, 1],
    ]) {
      const picture = quiet(units, steps);
      picture.codes[unit * steps + t] = 1;
      expect(painted(picture, width, height).includes(pixels[NAN])).toBe(true);
    }
  });

  it('loses no extreme of an overview either, its cut-off last column included', () => {
    const picture = quiet(3, 4099, 4);
    picture.codes[2 * 1025 + 1024] = 255;
    expect(painted(picture, 1030, 30).includes(pixels[RAMP + 248])).toBe(true);
  });

  it('paints each cell as a block when there is room', () => {
    const picture = quiet(2, 2);
    picture.codes.set([5, 130, 0, 1]);
    const [a, b, masked, nan] = [pixels[RAMP], pixels[RAMP + 124], 0, pixels[NAN]];
    expect([...painted(picture, 4, 4)]).toEqual([
      ...[a, a, b, b],
      ...[a, a, b, b],
      ...[masked, masked, nan, nan],
      ...[masked, masked, nan, nan],
    ]);
  });

  it('shows just the window, and nothing beyond the picture', () => {
    const picture = quiet(1, 4);
    picture.codes.set([5, 68, 130, 255]);
    const [b, c] = [68, 130].map((code) => pixels[RAMP + Math.round(((code - 5) / 250) * 248)]);
    expect([...painted(picture, 2, 1, { from: 1, to: 3 })]).toEqual([b, c]);
    expect([...painted(picture, 4, 1, { from: 2, to: 6 })].slice(2)).toEqual([0, 0]);
  });
});

describe('the colour scale', () => {
  it('is symmetric at the 99.5th percentile of the magnitudes other than zero', () => {
    const picture = quiet(1, 1000);
    picture.codes.fill(4, 0, 500);
    picture.codes.fill(155, 500, 998);
    picture.codes.set([5, 255], 998);
    expect(colourScale([picture])).toEqual({ kind: 'diverging', limit: 0.19999999999999996 });
    picture.codes.fill(255, 990);
    expect(colourScale([picture]).limit).toBe(1);
  });

  it('is sequential where nothing is negative, and 1 where nothing is there', () => {
    const picture = { ...quiet(2, 8), low: [0.5, 0.25], high: [4, 0.25] };
    expect(colourScale([picture])).toEqual({ kind: 'sequential', limit: 2.25 });
    picture.codes.fill(4);
    expect(colourScale([{ ...picture, low: [0, 0], high: [0, 0] }])).toEqual({
      kind: 'sequential',
      limit: 1,
    });
  });

  it('does not depend on where a long picture is sparse', () => {
    const picture = { ...quiet(1, 1 << 14), low: [2], high: [4] };
    picture.codes.fill(4);
    picture.codes[4097] = 255;
    expect(colourScale([picture]).limit).toBe(4);
  });

  it('is shared: one scale for all the pictures shown', () => {
    const large = { ...quiet(1, 8), low: [-8], high: [8] };
    large.codes.fill(255);
    expect(colourScale([quiet(1, 8), large]).limit).toBe(8);
  });

  it.each([
    ['diverging', -2, UNDER],
    ['diverging', -1, RAMP],
    ['diverging', 1, RAMP + 248],
    ['diverging', 1.001, OVER],
    ['sequential', 1e-9, RAMP],
    ['sequential', 1, RAMP + 248],
    ['sequential', 7, OVER],
  ] as const)('on a %s scale up to 1, %d has code %d', (kind, value, code) => {
    expect(colourCode({ kind, limit: 1 }, value)).toBe(code);
  });

  it('gives what is no number, and zero, codes of their own', () => {
    const { colours } = colourTables(quiet(1, 1), { kind: 'diverging', limit: 1 });
    expect([0, 1, 3, 4].map((code) => colours[code])).toEqual([
      MASKED,
      NAN,
      POSITIVE_INFINITY,
      ZERO,
    ]);
  });
});

describe('the value of a cell', () => {
  const picture = { ...quiet(1, 1), low: [-3], high: [2] };
  it.each([
    [0, null],
    [1, NaN],
    [2, -Infinity],
    [3, Infinity],
    [4, 0],
    [5, -3],
    [130, -0.5],
    [255, 2],
  ])('with code %d is %s', (code, value) => expect(cellValue(picture, 0, code)).toBe(value));
  it('has a stated error', () => expect(errorOf(picture, 0)).toBeCloseTo(0.01));
});
