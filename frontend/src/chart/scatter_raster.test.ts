import { describe, expect, it } from 'vitest';
import { newBuffers, radiusFor, rasterise, type Points } from './scatter_raster';

const WINDOW = { left: 0, right: 8, bottom: 0, top: 8 };
const RGB = new Uint8Array(768);
RGB.set([255, 0, 0, 0, 0, 255]);
for (let code = 2; code < 256; code++) RGB.set([code, code, code], 3 * code);

function points(at: readonly (readonly [x: number, y: number, code: number])[], more = {}): Points {
  return {
    x: Float32Array.from(at, ([x]) => x),
    y: Float32Array.from(at, ([, y]) => y),
    codes: Uint8Array.from(at, ([, , code]) => code),
    rgb: RGB,
    categories: 2,
    mask: null,
    grey: [9, 9, 9],
    ...more,
  };
}

/** `[red, green, blue, alpha]` of the pixel above-right of a point of the axes. */
function drawn(of: Points, radius = 0): (x: number, y: number) => readonly number[] {
  const pixels = new Uint32Array(64);
  rasterise(pixels, { width: 8, height: 8, window: WINDOW, radius }, of, newBuffers());
  const bytes = new Uint8Array(pixels.buffer);
  return (x, y) => [...bytes.subarray(4 * (8 * (7 - y) + x), 4 * (8 * (7 - y) + x) + 4)];
}

const many = (count: number, code: number): [number, number, number][] =>
  Array.from({ length: count }, () => [4.5, 4.5, code]);

describe('many points', () => {
  it('are strong alone, and stronger in a crowd', () => {
    const at = drawn(points([[1.5, 1.5, 0], ...many(100, 0)]));
    expect(at(1, 1)[3]).toBeGreaterThan(120);
    expect(at(4, 4)[3]).toBe(255);
    expect(at(1, 1)[3]).toBeLessThan(160);
  });

  it('spread to the empty pixels beside them, by one', () => {
    const at = drawn(points([[4.5, 4.5, 0]]));
    const seen = [at(4, 4), at(3, 4), at(5, 4), at(4, 3), at(4, 5)];
    for (const pixel of seen) expect(pixel.slice(0, 3)).toEqual([255, 0, 0]);
    for (const [x, y] of [
      [2, 4],
      [6, 4],
      [4, 2],
      [4, 6],
      [3, 3],
    ]) {
      expect(at(x, y)[3]).toBe(0);
    }
  });

  it('mix where they share a pixel, as often as they lie there', () => {
    const at = drawn(points([...many(3, 0), ...many(1, 1)]));
    expect(at(4, 4).slice(0, 3)).toEqual([191, 0, 63]);
  });

  it('have the mean colour of a ramp; missing ones are grey below', () => {
    const ramp = { categories: null };
    expect(drawn(points([...many(1, 10), ...many(1, 20)], ramp))(4, 4).slice(0, 3)).toEqual([
      15, 15, 15,
    ]);
    expect(drawn(points([...many(1, 10), ...many(9, 255)], ramp))(4, 4).slice(0, 3)).toEqual([
      10, 10, 10,
    ]);
    const [, , , alpha] = drawn(points(many(1, 255), ramp))(4, 4);
    expect(alpha).toBeGreaterThan(0);
    expect(alpha).toBeLessThan(80);
  });

  it('that are selected lie on those that are not', () => {
    const mask = Uint8Array.from([0, 0, 0, 1, 0]);
    const at = drawn(points([...many(3, 0), ...many(1, 1), [1.5, 1.5, 0]], { mask }));
    expect(at(4, 4).slice(0, 3)).toEqual([0, 0, 255]);
    expect(at(1, 1).slice(0, 3)).toEqual([9, 9, 9]);
  });

  it('out of view, nowhere or on the far edge', () => {
    const at = drawn(
      points([
        [NaN, 1, 0],
        [1, NaN, 0],
        [-1, 1, 0],
        [1, 9, 0],
        [8, 8, 0],
      ]),
    );
    expect(at(7, 7)[3]).toBeGreaterThan(0);
    expect(at(1, 1)[3]).toBe(0);
  });
});

describe('few points', () => {
  it('are discs', () => {
    const at = drawn(points([[4.5, 4.5, 1]]), 1.5);
    expect(at(4, 4).slice(0, 3)).toEqual([0, 0, 255]);
    expect(at(3, 4)[3]).toBeGreaterThan(0);
    expect(at(3, 3)[3]).toBeGreaterThan(0);
    expect(at(3, 3)[3]).toBeLessThan(at(4, 4)[3]);
    expect(at(1, 4)[3]).toBe(0);
  });

  it('on the edge are cut, not wrapped', () => {
    const at = drawn(points([[0, 4.5, 0]]), 2);
    expect(at(0, 4)[3]).toBeGreaterThan(0);
    for (let y = 0; y < 8; y++) expect(at(7, y)[3]).toBe(0);
  });

  it('are the larger the fewer', () => {
    const radii = [10, 5000, 15_000, 500_000].map(radiusFor);
    expect(radii).toEqual([...radii].sort((a, b) => b - a));
    expect(radii[3]).toBe(0);
  });
});

it('the picture of one frame leaves nothing in the next', () => {
  const buffers = newBuffers();
  const pixels = new Uint32Array(64);
  const grid = { width: 8, height: 8, window: WINDOW, radius: 0 };
  rasterise(pixels, grid, points(many(5, 0)), buffers);
  rasterise(pixels, grid, points([]), buffers);
  expect(pixels.every((pixel) => pixel === 0)).toBe(true);
});
