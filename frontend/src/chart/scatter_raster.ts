/**
 * Half a million points as one bitmap. What lies on a pixel is added up: its colour is the mean of
 * the points', its opacity grows with the logarithm of their number and is never faint, so that
 * neither a crowd nor a single point far out is lost.
 */
import type { ScatterWindow } from './scatter';

export interface Points {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** By row, into `rgb`. */
  readonly codes: Uint8Array;
  /** `[256, 3]`. */
  readonly rgb: Uint8Array;
  /** 1: in colour, on top of the others, which are grey; null: all in colour. */
  readonly mask: Uint8Array | null;
  readonly grey: readonly [number, number, number];
}

/** Pixels of the bitmap in a window of the axes. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly window: ScatterWindow;
  /** Of a point, in pixels of the bitmap. */
  readonly radius: number;
}

/** Kept from frame to frame: filling it is cheaper than making it. */
export interface Buffers {
  /** Red, green, blue and weight of each pixel. */
  sums: Float32Array;
  /** Weight of the points in grey. */
  rest: Float32Array;
}

export function newBuffers(): Buffers {
  return { sums: new Float32Array(0), rest: new Float32Array(0) };
}

/** Points in view, a dot's radius in CSS pixels. */
const RADII: readonly (readonly [most: number, radius: number])[] = [
  [1500, 3.5],
  [6000, 2.5],
  [20_000, 1.75],
];

/** Many points are one pixel each; few are dots. */
export function radiusFor(points: number): number {
  return RADII.find(([most]) => points <= most)?.[1] ?? 0;
}

/** How many points lie in a window. */
export function countIn(x: Float32Array, y: Float32Array, window: ScatterWindow): number {
  const { left, right, bottom, top } = window;
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] <= top) count++;
  }
  return count;
}

/** Writes every pixel. */
export function rasterise(pixels: Uint32Array, grid: Grid, points: Points, buffers: Buffers): void {
  const size = grid.width * grid.height;
  if (buffers.rest.length !== size) {
    buffers.sums = new Float32Array(4 * size);
    buffers.rest = new Float32Array(size);
  } else {
    buffers.sums.fill(0);
    buffers.rest.fill(0);
  }
  if (grid.radius > 0) addDots(grid, points, buffers);
  else addPixels(grid, points, buffers);
  shade(pixels, grid, points, buffers);
}

function addPixels(grid: Grid, { x, y, codes, rgb, mask }: Points, { sums, rest }: Buffers): void {
  const { width, height, window } = grid;
  const { left, top } = window;
  const wide = width / (window.right - left);
  const tall = height / (top - window.bottom);
  for (let i = 0; i < x.length; i++) {
    const across = (x[i] - left) * wide;
    const down = (top - y[i]) * tall;
    // NaN fails both; the far edges belong to the last pixel.
    if (!(across >= 0 && across <= width && down >= 0 && down <= height)) continue;
    const column = across < width ? across | 0 : width - 1;
    const line = down < height ? down | 0 : height - 1;
    const at = line * width + column;
    if (mask !== null && mask[i] === 0) {
      rest[at]++;
      continue;
    }
    const colour = 3 * codes[i];
    const sum = 4 * at;
    sums[sum] += rgb[colour];
    sums[sum + 1] += rgb[colour + 1];
    sums[sum + 2] += rgb[colour + 2];
    sums[sum + 3]++;
  }
}

function addDots(grid: Grid, { x, y, codes, rgb, mask }: Points, { sums, rest }: Buffers): void {
  const { width, height, window, radius } = grid;
  const wide = width / (window.right - window.left);
  const tall = height / (window.top - window.bottom);
  const reach = Math.ceil(radius);
  const stamp = stampOf(radius, reach);
  for (let i = 0; i < x.length; i++) {
    const column = Math.floor((x[i] - window.left) * wide);
    const line = Math.floor((window.top - y[i]) * tall);
    if (!(column >= -reach && column < width + reach && line >= -reach && line < height + reach)) {
      continue;
    }
    const isRest = mask !== null && mask[i] === 0;
    const colour = 3 * codes[i];
    for (let dy = -reach, k = 0; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++, k++) {
        const weight = stamp[k];
        const [atX, atY] = [column + dx, line + dy];
        if (weight === 0 || atX < 0 || atX >= width || atY < 0 || atY >= height) continue;
        const at = atY * width + atX;
        if (isRest) {
          rest[at] += weight;
          continue;
        }
        sums[4 * at] += weight * rgb[colour];
        sums[4 * at + 1] += weight * rgb[colour + 1];
        sums[4 * at + 2] += weight * rgb[colour + 2];
        sums[4 * at + 3] += weight;
      }
    }
  }
}

/** The share of each pixel that a disc covers. */
function stampOf(radius: number, reach: number): Float32Array {
  const side = 2 * reach + 1;
  return Float32Array.from({ length: side * side }, (_, k) => {
    const away = Math.hypot((k % side) - reach, Math.floor(k / side) - reach);
    return Math.min(1, Math.max(0, radius + 0.5 - away));
  });
}

/** A single point's opacity, and that of one that is not selected. */
const LEAST = 0.55;
const LEAST_REST = 0.18;
const MOST_REST = 0.6;

function shade(pixels: Uint32Array, grid: Grid, points: Points, { sums, rest }: Buffers): void {
  const { width, height, radius } = grid;
  let most = 1;
  for (let at = 0; at < rest.length; at++) {
    most = Math.max(most, sums[4 * at + 3], rest[at]);
  }
  const steep = (1 - LEAST) / Math.log(1 + most);
  const steepRest = (MOST_REST - LEAST_REST) / Math.log(1 + most);
  const [red, green, blue] = points.grey;
  const grey = (blue << 16) | (green << 8) | red;
  const colourAt = (at: number): number => {
    const weight = sums[4 * at + 3];
    if (weight > 0) {
      const alpha = Math.min(1, weight) * LEAST + steep * Math.log(1 + Math.max(0, weight - 1));
      const inverse = 1 / weight;
      return (
        ((((255 * alpha) | 0) << 24) |
          ((sums[4 * at + 2] * inverse) << 16) |
          ((sums[4 * at + 1] * inverse) << 8) |
          (sums[4 * at] * inverse)) >>>
        0
      );
    }
    const others = rest[at];
    if (others === 0) return 0;
    const alpha =
      Math.min(1, others) * LEAST_REST + steepRest * Math.log(1 + Math.max(0, others - 1));
    return ((((255 * alpha) | 0) << 24) | grey) >>> 0;
  };
  for (let at = 0; at < rest.length; at++) {
    pixels[at] = rest[at] === 0 && sums[4 * at + 3] === 0 ? 0 : colourAt(at);
  }
  if (radius > 0) return;
  // A pixel alone is too small to be seen: it spreads to the empty ones beside it.
  const empty = (at: number): boolean => rest[at] === 0 && sums[4 * at + 3] === 0;
  for (let line = 0; line < height; line++) {
    for (let column = 0; column < width; column++) {
      const at = line * width + column;
      if (!empty(at)) continue;
      if (column > 0 && !empty(at - 1)) pixels[at] = pixels[at - 1];
      else if (column + 1 < width && !empty(at + 1)) pixels[at] = pixels[at + 1];
      else if (line > 0 && !empty(at - width)) pixels[at] = pixels[at - width];
      else if (line + 1 < height && !empty(at + width)) pixels[at] = pixels[at + width];
    }
  }
}
