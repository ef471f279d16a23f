/** Maps of units, height x width, as pixels: where cells share a pixel the one that stands out. */
import type { ScaleKind } from './colour_palette';
import { colourTables, type ColourTables } from './colour_scale';
import type { Picture } from './heatmap_picture';
import type { Space } from './maps_layout';

/** Device pixels inside a bitmap. */
export interface Target {
  readonly out: Uint32Array;
  /** Width of the bitmap. */
  readonly stride: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Fills a rectangle of a bitmap with one unit's map. `picture` has stride 1. */
export function fillMap(
  { out, stride, x, y, width, height }: Target,
  picture: Picture,
  unit: number,
  space: Space,
  tables: ColourTables,
  pixels: Uint32Array,
): void {
  const colours = tables.colours.subarray(256 * unit, 256 * unit + 256);
  const salience = tables.salience.subarray(256 * unit, 256 * unit + 256);
  const codes = picture.codes.subarray(unit * picture.steps, (unit + 1) * picture.steps);
  const rows = ranges(height, space[0]);
  const columns = ranges(width, space[1]);
  for (let down = 0; down < height; down++) {
    const start = (y + down) * stride + x;
    for (let across = 0; across < width; across++) {
      let code = codes[rows[2 * down] * space[1] + columns[2 * across]];
      for (let row = rows[2 * down]; row < rows[2 * down + 1]; row++) {
        for (let column = columns[2 * across]; column < columns[2 * across + 1]; column++) {
          const other = codes[row * space[1] + column];
          if (salience[other] > salience[code]) code = other;
        }
      }
      out[start + across] = pixels[colours[code]];
    }
  }
}

/** First cell and end of the cells under each pixel; every cell is under one at least. */
function ranges(length: number, cells: number): Int32Array {
  const found = new Int32Array(2 * length);
  for (let i = 0; i < length; i++) {
    const first = Math.floor((i * cells) / length);
    found[2 * i] = first;
    found[2 * i + 1] = Math.max(first + 1, Math.floor(((i + 1) * cells) / length));
  }
  return found;
}

/** Colours in which every unit's own largest magnitude is the end of the ramp. */
export function ownTables(picture: Picture, kind: ScaleKind): ColourTables {
  const { units, low, high, mean } = picture;
  const colours = new Uint8Array(256 * units);
  const salience = new Uint8Array(256 * units);
  for (let unit = 0; unit < units; unit++) {
    const one = { ...picture, units: 1, low: [low[unit]], high: [high[unit]], mean: [mean[unit]] };
    const limit = Math.max(Math.abs(low[unit]), Math.abs(high[unit])) || 1;
    const tables = colourTables(one, { kind, limit: Number.isFinite(limit) ? limit : 1 });
    colours.set(tables.colours, 256 * unit);
    salience.set(tables.salience, 256 * unit);
  }
  return { colours, salience };
}
