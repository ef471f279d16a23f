/**
 * Half a million points as one bitmap. What lies on a pixel is added up: its colour is the mean of
 * the points', its opacity grows with the logarithm of their number and is never faint, so that
 * neither a crowd nor a single point far out is lost.
 */
import type { ScatterWindow } from './scatter';
import { addDots, shadeDots } from './scatter_dots';
import { addPixels, shadePixels } from './scatter_pixels';

export interface Points {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** By row, into `rgb`. */
  readonly codes: Uint8Array;
  /** `[256, 3]`. */
  readonly rgb: Uint8Array;
  /** How many categories the codes stand for; null: they are places on a ramp, 255 is missing. */
  readonly categories: number | null;
  /** 1: in colour, on top of the others, which are grey; null: all in colour. */
  readonly mask: Uint8Array | null;
  readonly grey: readonly [number, number, number];
}

/** Pixels of the bitmap in a window of the axes. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly window: ScatterWindow;
  /** Of a point, in pixels of the bitmap; 0: a point is a pixel. */
  readonly radius: number;
}

/** Kept from frame to frame: filling it is cheaper than making it. */
export interface Buffers {
  /** Red, green, blue and weight of each pixel: dots. */
  sums: Float32Array;
  restSums: Float32Array;
  /** Of each pixel the points by category, or their number and the sum of their codes. */
  counts: Int32Array;
  /** Points in grey. */
  rest: Int32Array;
  /** The pixel of each point, and of which points, window and size that is. */
  places: Int32Array;
  placed: readonly unknown[];
}

export function newBuffers(): Buffers {
  return {
    sums: new Float32Array(0),
    restSums: new Float32Array(0),
    counts: new Int32Array(0),
    rest: new Int32Array(0),
    places: new Int32Array(0),
    placed: [],
  };
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

/** Of more points than this only every so many-th is counted: no multiple of anyone's rows. */
const COUNTED = 100_000;
const EVERY = 7;

/** About how many points lie in a window. */
export function countIn(x: Float32Array, y: Float32Array, window: ScatterWindow): number {
  const { left, right, bottom, top } = window;
  const every = x.length > COUNTED ? EVERY : 1;
  let count = 0;
  for (let i = 0; i < x.length; i += every) {
    if (x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] <= top) count++;
  }
  return count * every;
}

/** Writes every pixel. */
export function rasterise(pixels: Uint32Array, grid: Grid, points: Points, buffers: Buffers): void {
  if (grid.radius > 0) {
    addDots(grid, points, buffers);
    shadeDots(pixels, points, buffers);
  } else {
    addPixels(grid, points, buffers);
    shadePixels(pixels, grid, points, buffers);
  }
}

/** A single point's opacity, and that of one that is not selected. */
const LEAST = 0.55;
const LEAST_REST = 0.18;
const MOST_REST = 0.6;

export interface Opacity {
  /** 0..255 of points on one pixel, a part of one included. */
  readonly of: (weight: number) => number;
  readonly ofRest: (weight: number) => number;
}

/** `most`: points on the fullest pixel; `least`: the share of the strongest that one point has. */
export function opacity(most: number, least = LEAST): Opacity {
  const steep = most > 1 ? 1 / Math.log(most) : 0;
  const grown = (weight: number, from: number, to: number): number =>
    weight < 1
      ? 255 * weight * from
      : 255 * (from + (to - from) * Math.min(1, steep * Math.log(weight)));
  return {
    of: (weight) => grown(weight, least, 1),
    ofRest: (weight) => grown(weight, LEAST_REST, MOST_REST),
  };
}
