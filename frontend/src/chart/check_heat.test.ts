import { describe, expect, it } from 'vitest';
import { fillHeat, heatCode, heatHit, heatLayout, heatLooks, heatScale } from './check_heat';
import { NAN, NEGATIVE_INFINITY, OVER, POSITIVE_INFINITY, ZERO } from './colour_palette';

const COLOURS = Uint32Array.from({ length: 256 }, (_, code) => code);

function grid(rows: number, columns: number, values: number[]) {
  const extent = [0, columns * 10, -1, 1] as const;
  return { xLabel: 'batch', yLabel: 'value', rows, columns, values, extent };
}

function filled(input: ReturnType<typeof grid>, width: number, height: number): Uint32Array {
  const pixels = new Uint32Array(width * height);
  fillHeat(pixels, { width, height }, input, heatScale(input), COLOURS);
  return pixels;
}

describe('heatScale', () => {
  it.each([
    [[0, 3, NaN, Infinity], 'sequential', 3],
    [[-4, 3], 'diverging', 4],
    [[NaN], 'sequential', 1],
    [[0, 0], 'sequential', 1],
  ])('of %j is %s up to %d', (values, kind, limit) => {
    expect(heatScale({ values })).toEqual({ kind, limit });
  });
});

describe('heatCode', () => {
  it.each([
    [NaN, NAN],
    [Infinity, POSITIVE_INFINITY],
    [-Infinity, NEGATIVE_INFINITY],
    [0, ZERO],
  ])('gives %f a look of its own', (value, code) => {
    expect(heatCode({ kind: 'sequential', limit: 1 }, value)).toBe(code);
    expect(heatCode({ kind: 'sequential', limit: 1 }, 1)).not.toBe(OVER);
  });
});

describe('fillHeat', () => {
  it('draws the first row at the bottom', () => {
    const pixels = filled(grid(2, 1, [0, 1]), 1, 2);
    expect([...pixels]).toEqual([255, ZERO]);
  });

  it('makes cells as large as there is room', () => {
    const pixels = filled(grid(1, 2, [0, 1]), 6, 1);
    expect([...pixels]).toEqual([ZERO, ZERO, ZERO, 255, 255, 255]);
  });

  it.each([7, 64, 500])('keeps a single cell that stands out at %i pixels', (width) => {
    const values = Array.from({ length: 3000 }, () => 0.01);
    for (const [value, code] of [
      [1, 255],
      [NaN, NAN],
    ]) {
      values[1234] = value;
      expect([...filled(grid(1, 3000, values), width, 1)]).toContain(code);
    }
  });
});

describe('heatHit', () => {
  const input = grid(2, 4, [1, 2, 3, 4, 5, 6, 7, 8]);
  const layout = heatLayout(input, 500);
  const { plot } = layout;

  it('reads a cell with its ends', () => {
    const hit = heatHit(input, layout, plot.x + 1, plot.y + plot.height - 1)!;
    expect([hit.value, hit.x, hit.y]).toEqual([1, [0, 10], [-1, 0]]);
    expect(heatHit(input, layout, plot.x + plot.width - 1, plot.y + 1)!.value).toBe(8);
  });

  it('reads nothing beside the grid', () => {
    expect(heatHit(input, layout, plot.x - 1, plot.y + 5)).toBeNull();
    expect(heatHit(input, layout, plot.x + 5, plot.y + plot.height + 1)).toBeNull();
  });

  it('lists the looks that occur', () => {
    expect([...heatLooks(grid(1, 4, [0, NaN, Infinity, 2]))].sort()).toEqual(
      [NAN, POSITIVE_INFINITY, ZERO].sort(),
    );
  });
});
