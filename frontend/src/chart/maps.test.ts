import { describe, expect, it } from 'vitest';
import { NAN, OVER, paletteOf, RAMP, ZERO } from './colour_palette';
import { colourTables } from './colour_scale';
import type { Picture } from './heatmap_picture';
import { fillMap, ownTables } from './maps';
import { mapHit, mapsLayout, tileAt, type Space } from './maps_layout';

const { pixels } = paletteOf('sequential', 'light');
const END = pixels[RAMP + 248];

/** Units of zeros. */
function blank(units: number, [height, width]: Space, high = 1): Picture {
  const filled = (value: number) => new Float64Array(units).fill(value);
  const steps = height * width;
  const codes = new Uint8Array(units * steps).fill(4);
  return { units, steps, stride: 1, codes, low: filled(0), high: filled(high), mean: filled(0) };
}

function painted(picture: Picture, unit: number, space: Space, width: number, height: number) {
  const out = new Uint32Array(width * height);
  const tables = colourTables(picture, { kind: 'sequential', limit: 1 });
  const target = { out, stride: width, x: 0, y: 0, width, height };
  fillMap(target, picture, unit, space, tables, pixels);
  return out;
}

describe('a map', () => {
  it('has its rows from top to bottom and its columns from left to right', () => {
    const picture = blank(2, [2, 3]);
    picture.codes[6 + 5] = 255;
    picture.codes[6 + 1] = 1;
    const [o, a, n] = [pixels[ZERO], END, pixels[NAN]];
    expect([...painted(picture, 1, [2, 3], 6, 4)]).toEqual([
      ...[o, o, n, n, o, o],
      ...[o, o, n, n, o, o],
      ...[o, o, o, o, a, a],
      ...[o, o, o, o, a, a],
    ]);
    expect(new Set(painted(picture, 0, [2, 3], 6, 4))).toEqual(new Set([o]));
  });

  it.each([
    [224, 224, 72, 72],
    [13, 401, 96, 31],
    [31, 30, 28, 29],
  ])('of %d x %d cells loses none on %d x %d pixels', (rows, columns, width, height) => {
    for (const at of [0, 7, columns - 1, rows * columns - 1, (rows >> 1) * columns + 11]) {
      const picture = blank(1, [rows, columns]);
      picture.codes[at] = 255;
      const found = painted(picture, 0, [rows, columns], width, height);
      expect(found.includes(END)).toBe(true);
    }
  });

  it('goes to the end of the ramp at its own largest value where colours are its own', () => {
    const picture = { ...blank(3, [1, 1]), high: [0.001, 5, 0] };
    picture.codes.fill(255);
    const shared = colourTables(picture, { kind: 'sequential', limit: 1 }).colours;
    const own = ownTables(picture, 'sequential').colours;
    const last = (colours: Uint8Array) => [0, 1].map((unit) => colours[256 * unit + 255]);
    expect(last(shared)).toEqual([RAMP, OVER]);
    expect(last(own)).toEqual([RAMP + 248, RAMP + 248]);
  });
});

describe('the layout of maps', () => {
  it.each([
    [1100, 16, [28, 28]],
    [1100, 512, [14, 14]],
    [620, 512, [7, 7]],
    [1100, 64, [224, 224]],
    [300, 3, [5, 200]],
    [1100, 2048, [1, 1]],
  ] as const)('%d px wide: %d units of %j', (width, units, space) => {
    for (const detail of [false, true]) {
      const layout = mapsLayout(width, units, space, detail);
      const last = tileAt(layout, Math.min(units, layout.perPage) - 1);
      expect(last.x + last.width).toBeLessThanOrEqual(layout.detail?.x ?? width);
      expect(last.y + last.height).toBeLessThanOrEqual(layout.height);
      expect(layout.height).toBeLessThan(560);
      if (layout.detail) expect(layout.detail.x + layout.detail.width).toBeLessThanOrEqual(width);
    }
  });

  it('shows 16 maps of 28 x 28 on one page, in whole pixels a cell', () => {
    const { perPage, tile } = mapsLayout(1100, 16, [28, 28], false);
    expect(perPage).toBeGreaterThanOrEqual(16);
    expect(tile).toEqual({ width: 112, height: 112 });
  });

  it('finds the cell under a point, on a map and on the enlarged one', () => {
    const space = [28, 20] as const;
    const layout = mapsLayout(1100, 40, space, true);
    const centre = (rect: typeof layout.detail, row: number, column: number) =>
      [
        rect!.x + ((column + 0.5) / space[1]) * rect!.width,
        rect!.y + ((row + 0.5) / space[0]) * rect!.height,
      ] as const;
    for (const [row, column] of [
      [0, 0],
      [27, 19],
      [5, 13],
    ]) {
      const cell = { row, column };
      expect(mapHit(layout, space, ...centre(tileAt(layout, 9), row, column))).toEqual({
        place: 9,
        cell,
      });
      expect(mapHit(layout, space, ...centre(layout.detail, row, column))).toEqual({
        place: null,
        cell,
      });
    }
    const { x, y, height } = tileAt(layout, 1);
    expect(mapHit(layout, space, x + 3, y + height + 5)).toEqual({ place: 1, cell: null });
    expect(mapHit(layout, space, layout.detail!.x - 3, 400)).toBeNull();
  });
});
