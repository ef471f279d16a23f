/**
 * Many points: each a pixel. Points are counted, and coloured once for each pixel: counting writes
 * one number a point, which a processor's cache holds, and adding up colours four.
 */
import { opacity, type Buffers, type Grid, type Points } from './scatter_raster';

const MISSING = 255;

/** Numbers kept of each pixel. */
function strideOf({ categories }: Points): number {
  return categories ?? 2;
}

export function addPixels(grid: Grid, points: Points, buffers: Buffers): void {
  const stride = strideOf(points);
  prepare(buffers, grid.width * grid.height, stride);
  const { counts, rest } = buffers;
  const { codes, mask, categories } = points;
  const places = placesOf(grid, points, buffers);
  if (categories === null) addRamp(places, codes, mask, counts, rest);
  else addCategories(places, codes, mask, stride, counts, rest);
}

/** The pixel of each point, -1: out of view. A brush moves none of them. */
function placesOf(grid: Grid, { x, y }: Points, buffers: Buffers): Int32Array {
  const { width, height, window } = grid;
  const of = [x, y, window, width, height];
  if (of.every((one, i) => one === buffers.placed[i])) return buffers.places;
  buffers.placed = of;
  if (buffers.places.length !== x.length) buffers.places = new Int32Array(x.length);
  const { places } = buffers;
  const { left, top } = window;
  const wide = width / (window.right - left);
  const tall = height / (top - window.bottom);
  for (let i = 0; i < x.length; i++) {
    const across = (x[i] - left) * wide;
    const down = (top - y[i]) * tall;
    // NaN fails; the far edges belong to the last pixel.
    if (across >= 0 && across <= width && down >= 0 && down <= height) {
      const column = across < width ? across | 0 : width - 1;
      const line = down < height ? down | 0 : height - 1;
      places[i] = line * width + column;
    } else {
      places[i] = -1;
    }
  }
  return places;
}

function addCategories(
  places: Int32Array,
  codes: Uint8Array,
  mask: Uint8Array | null,
  stride: number,
  counts: Int32Array,
  rest: Int32Array,
): void {
  for (let i = 0; i < places.length; i++) {
    const at = places[i];
    if (at < 0) continue;
    if (mask !== null && mask[i] === 0) rest[at]++;
    else counts[stride * at + codes[i]]++;
  }
}

function addRamp(
  places: Int32Array,
  codes: Uint8Array,
  mask: Uint8Array | null,
  counts: Int32Array,
  rest: Int32Array,
): void {
  for (let i = 0; i < places.length; i++) {
    const at = places[i];
    if (at < 0) continue;
    const code = codes[i];
    if (code === MISSING || (mask !== null && mask[i] === 0)) {
      rest[at]++;
    } else {
      counts[2 * at]++;
      counts[2 * at + 1] += code;
    }
  }
}

function prepare(buffers: Buffers, size: number, stride: number): void {
  if (buffers.counts.length === stride * size) buffers.counts.fill(0);
  else buffers.counts = new Int32Array(stride * size);
  if (buffers.rest.length === size) buffers.rest.fill(0);
  else buffers.rest = new Int32Array(size);
}

/** Logarithms of so many are looked up. */
const TABLE = 4096;

export function shadePixels(
  pixels: Uint32Array,
  { width, height }: Grid,
  points: Points,
  { counts, rest }: Buffers,
): void {
  // Signed numbers are added up faster; the bits are the same.
  const signed = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length);
  // Each pixel's total stands where its colour will.
  const most = totalled(signed, counts, rest, strideOf(points), points.categories !== null);
  const { of, ofRest } = opacity(most);
  const known = Math.min(TABLE, most + 1);
  const alphas = new Uint8Array(known).map((_, count) => of(count));
  const restAlphas = new Uint8Array(known).map((_, count) => ofRest(count));
  const [red, green, blue] = points.grey;
  const plain = (blue << 16) | (green << 8) | red;
  const stride = strideOf(points);
  for (let at = 0; at < rest.length; at++) {
    const total = signed[at];
    const others = rest[at];
    if (total > 0) {
      const alpha = total < known ? alphas[total] : of(total) | 0;
      signed[at] = (alpha << 24) | meanColour(points, counts, stride * at, total);
    } else if (others > 0) {
      signed[at] = ((others < known ? restAlphas[others] : ofRest(others) | 0) << 24) | plain;
    }
  }
  spread(signed, width, height);
}

/** Writes the number of points in colour of each pixel; the greatest there is, grey ones too. */
function totalled(
  totals: Int32Array,
  counts: Int32Array,
  rest: Int32Array,
  stride: number,
  adds: boolean,
): number {
  let most = 1;
  for (let at = 0; at < rest.length; at++) {
    let total = counts[stride * at];
    if (adds) for (let k = 1; k < stride; k++) total += counts[stride * at + k];
    totals[at] = total;
    if (total > most) most = total;
    if (rest[at] > most) most = rest[at];
  }
  return most;
}

/** Blue, green and red of the points of a pixel. */
function meanColour(points: Points, counts: Int32Array, from: number, total: number): number {
  const { rgb, categories } = points;
  if (categories === null) {
    const code = 3 * Math.round(counts[from + 1] / total);
    return (rgb[code + 2] << 16) | (rgb[code + 1] << 8) | rgb[code];
  }
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let k = 0; k < categories; k++) {
    const count = counts[from + k];
    if (count === 0) continue;
    red += count * rgb[3 * k];
    green += count * rgb[3 * k + 1];
    blue += count * rgb[3 * k + 2];
  }
  return ((blue / total) << 16) | ((green / total) << 8) | (red / total);
}

/** A pixel alone is too small to be seen: it spreads to the empty ones beside it. */
function spread(pixels: Int32Array, width: number, height: number): void {
  // What was there before this pass, so that a pixel spreads by one only.
  let above = new Int32Array(width);
  let row = new Int32Array(width);
  for (let line = 0; line < height; line++) {
    const start = line * width;
    const last = line + 1 === height;
    row.set(pixels.subarray(start, start + width));
    for (let column = 0; column < width; column++) {
      if (row[column] !== 0) continue;
      let near = above[column];
      if (near === 0 && column > 0) near = row[column - 1];
      if (near === 0 && column + 1 < width) near = row[column + 1];
      if (near === 0 && !last) near = pixels[start + width + column];
      if (near !== 0) pixels[start + column] = near;
    }
    const swapped = above;
    above = row;
    row = swapped;
  }
}
