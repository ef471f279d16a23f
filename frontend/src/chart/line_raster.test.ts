import { describe, expect, it } from 'vitest';
import { rasterLines, turn } from './line_raster';
import type { RasterLine } from './line_raster';
import { linearScale } from './scale';

const [WIDTH, HEIGHT] = [20, 30];
const RED = 0x0000ff;
const view = { left: 5, top: 3, ratio: 1 };

/** A line over `count` points on a plot that begins at (5, 3); y runs from 0 at the bottom to 1. */
function line(ys: readonly number[], changes: Partial<RasterLine> = {}): RasterLine {
  const xs = ys.map((_, i) => i);
  const x = linearScale(0, ys.length, view.left, view.left + WIDTH);
  const y = linearScale(0, 1, view.top + HEIGHT, view.top);
  return { curve: { xs, ys, x, y }, colour: RED, opacity: 1, dashed: false, ...changes };
}

/** The rows of a column that are more than half covered. */
function rows(pixels: Uint32Array, column: number): number[] {
  const inside = Array.from(pixels.subarray(column * HEIGHT, (column + 1) * HEIGHT));
  return inside.flatMap((pixel, row) => (pixel >>> 24 > 127 ? [row] : []));
}

describe('lines as pixels', () => {
  it('fill each column from its least to its greatest value, a single peak among them', () => {
    const ys = Array.from({ length: 4000 }, () => 0.5);
    ys[1010] = 1;
    ys[3010] = 0;
    const pixels = rasterLines([line(ys)], view, WIDTH, HEIGHT);
    expect(rows(pixels, 0).length).toBeLessThanOrEqual(2);
    expect(rows(pixels, 5)[0]).toBe(0);
    expect(rows(pixels, 15).at(-1)).toBe(HEIGHT - 1);
    expect(rows(pixels, 5).length).toBeGreaterThanOrEqual(HEIGHT / 2);
  });

  it('leave no hole between columns where a steep line has few points', () => {
    const pixels = rasterLines([line([0.1, 0.9])], view, WIDTH, HEIGHT);
    for (let column = 1; column <= 10; column++) {
      const [above, below] = [rows(pixels, column), rows(pixels, column - 1)];
      expect(above.at(-1)! + 1).toBeGreaterThanOrEqual(below[0]);
      expect(above[0]).toBeLessThanOrEqual(below[0]);
    }
  });

  it('break at NaN and draw what stands alone', () => {
    const ys = [0.5, 0.5, NaN, NaN, 0.5, NaN, NaN, NaN, NaN, NaN];
    const pixels = rasterLines([line(ys)], view, WIDTH, HEIGHT);
    const drawn = Array.from({ length: WIDTH }, (_, x) => x).filter((x) => rows(pixels, x).length);
    expect(drawn).toEqual([0, 1, 2, 8]);
  });

  it('lie over those before them, mixed by their opacity', () => {
    const high = Array.from({ length: 400 }, (_, i) => (i % 2 ? 0.9 : 0.1));
    const blue = line(high, { colour: 0xff0000, opacity: 0.5 });
    const pixels = rasterLines([line(high), blue], view, WIDTH, HEIGHT);
    const middle = pixels[10 * HEIGHT + HEIGHT / 2];
    expect(middle >>> 24).toBe(255);
    expect(Math.abs((middle & 255) - 127)).toBeLessThan(3);
    expect(Math.abs(((middle >>> 16) & 255) - 127)).toBeLessThan(3);
    const alone = rasterLines([blue], view, WIDTH, HEIGHT)[10 * HEIGHT + HEIGHT / 2];
    expect([alone >>> 24, alone & 0xffffff]).toEqual([128, 0xff0000]);
  });

  it('leave gaps where they are dashed, and do not leave the bitmap', () => {
    const wild = Array.from({ length: 400 }, (_, i) => (i % 2 ? 9 : -9));
    const pixels = rasterLines([line(wild, { dashed: true })], view, WIDTH, HEIGHT);
    expect(rows(pixels, 4)).toHaveLength(HEIGHT);
    expect(rows(pixels, 6)).toEqual([]);
  });
});

it('turns columns into rows', () => {
  const rows = new Uint32Array(6);
  turn(Uint32Array.of(1, 2, 3, 4, 5, 6), 2, rows);
  expect([...rows]).toEqual([1, 3, 5, 2, 4, 6]);
});
