/** Units x timesteps as pixels: table look-ups into a buffer, nothing else. */
import { RAMP } from './colour_palette';
import { colourTables, type ColourScale, type ColourTables } from './colour_scale';
import { columnsOf, type Picture } from './heatmap_picture';
import type { Window } from './heatmap_window';
import { exponentFor, pooledRows, poolRows, timeLevels, type Level } from './pool';

/** A picture made ready to be painted at any size, in one order and on one scale. */
export interface Heatmap {
  readonly picture: Picture;
  /** Units from top to bottom. */
  readonly order: ArrayLike<number>;
  readonly levels: readonly Level[];
  readonly tables: ColourTables;
  /** Levels with rows pooled, made when first seen; the key is `level + 64 * exponent`. */
  readonly pooled: Map<number, Uint8Array>;
}

export interface Raster {
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
}

export function heatmap(
  picture: Picture,
  order: ArrayLike<number>,
  scale: ColourScale,
  levels = timeLevels(picture),
  tables = colourTables(picture, scale),
): Heatmap {
  return { picture, order, levels, tables, pooled: new Map() };
}

/** Fills `out` `[height, width]`, ImageData pixels; masked cells and what lies outside are clear. */
export function fillHeatmap(
  out: Uint32Array,
  { width, height }: Raster,
  map: Heatmap,
  window: Window,
  pixels: Uint32Array,
): void {
  const time = timeExponent(map, (window.to - window.from) / width);
  const rowsPerPixel = (window.bottom - window.top) / height;
  const rows = exponentFor(rowsPerPixel, Math.floor(Math.log2(map.order.length)));
  const columns = pixelColumns(map, window, width, time);
  const count = pooledRows(map.order.length, 1 << rows);
  const row = rows === 0 ? unitRow(map, time, pixels) : pooledRow(map, time, rows, pixels);
  let painted = -1;
  for (let y = 0; y < height; y++) {
    const place = window.top + (y + 0.5) * rowsPerPixel;
    const at = Math.min(count - 1, Math.floor(place) >> rows);
    if (place >= map.order.length) out.fill(0, y * width, (y + 1) * width);
    else if (at === painted) out.copyWithin(y * width, (y - 1) * width, y * width);
    else row(out, y * width, columns, at);
    painted = at;
  }
}

type FillRow = (out: Uint32Array, start: number, columns: Int32Array, row: number) => void;

function unitRow(map: Heatmap, time: number, pixels: Uint32Array): FillRow {
  const { columns: width, codes } = map.levels[time];
  return (out, start, columns, row) => {
    const unit = map.order[row];
    const colours = map.tables.colours.subarray(256 * unit, 256 * unit + 256);
    const base = unit * width;
    for (let x = 0; x < columns.length; x++) {
      const column = columns[x];
      out[start + x] = column < 0 ? 0 : pixels[colours[codes[base + column]]];
    }
  };
}

function pooledRow(map: Heatmap, time: number, rows: number, pixels: Uint32Array): FillRow {
  const level = map.levels[time];
  const key = time + 64 * rows;
  const codes = map.pooled.get(key) ?? poolRows(level, map.order, 1 << rows, map.tables);
  map.pooled.set(key, codes);
  return (out, start, columns, row) => {
    const base = row * level.columns;
    for (let x = 0; x < columns.length; x++) {
      const column = columns[x];
      out[start + x] = column < 0 ? 0 : pixels[codes[base + column]];
    }
  };
}

/** The level whose cells, the cut-off last one too, are at least a pixel wide. */
function timeExponent({ picture, levels }: Heatmap, stepsPerPixel: number): number {
  const exponent = exponentFor(stepsPerPixel / picture.stride, levels.length - 1);
  const last = picture.steps - (columnsOf(picture) - 1) * picture.stride;
  return exponent === 0 && last < stepsPerPixel && levels.length > 1 ? 1 : exponent;
}

/** The level's column under each pixel's centre; -1 beyond the picture. */
function pixelColumns(
  { picture, levels }: Heatmap,
  window: Window,
  width: number,
  exponent: number,
): Int32Array {
  const last = levels[exponent].columns - 1;
  const perPixel = (window.to - window.from) / width;
  return Int32Array.from({ length: width }, (_, x) => {
    const step = window.from + (x + 0.5) * perPixel;
    if (step < 0 || step >= picture.steps) return -1;
    return Math.min(last, Math.floor(step / picture.stride) >> exponent);
  });
}

/** The special colour codes (below RAMP) that occur in a picture. */
export function presentLooks(picture: Picture, { colours }: ColourTables): ReadonlySet<number> {
  const found = new Set<number>();
  const columns = columnsOf(picture);
  for (let unit = 0; unit < picture.units; unit++) {
    const seen = new Uint8Array(256);
    for (let i = unit * columns; i < (unit + 1) * columns; i++) seen[picture.codes[i]] = 1;
    for (let code = 0; code < 256; code++) {
      const look = colours[256 * unit + code];
      if (seen[code] === 1 && look < RAMP) found.add(look);
    }
  }
  return found;
}
