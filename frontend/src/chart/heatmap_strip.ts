/** The health strip beside the rows: a colour and a texture of its own for each health. */
import { labOfLch, pixel, rgbOfLab, type Lch, type Theme } from './colour';
import { HEALTHS, type UnitHealth } from './heatmap_health';

interface Ink {
  readonly ground: Lch;
  readonly mark: Lch;
  /** Whether the texture's mark covers the pixel; in CSS pixels from the strip's corner. */
  readonly marked: (x: number, y: number) => boolean;
}

const checks = (x: number, y: number): boolean => ((x >> 1) + (y >> 1)) % 2 === 0;
const slashes = (x: number, y: number): boolean => (x + y) % 5 < 1;
const stripes = (_x: number, y: number): boolean => y % 4 < 1;
const plain = (): boolean => false;

const INKS: Readonly<Record<Theme, Readonly<Record<UnitHealth, Ink>>>> = {
  light: {
    nonfinite: { ground: [0.64, 0.29, 340], mark: [0.98, 0.02, 340], marked: checks },
    dead: { ground: [0.3, 0.015, 250], mark: [0.62, 0.015, 250], marked: slashes },
    constant: { ground: [0.78, 0.15, 72], mark: [0.52, 0.12, 60], marked: stripes },
    active: { ground: [0.74, 0.1, 190], mark: [0.74, 0.1, 190], marked: plain },
  },
  dark: {
    nonfinite: { ground: [0.68, 0.29, 335], mark: [0.25, 0.05, 335], marked: checks },
    dead: { ground: [0.12, 0.01, 250], mark: [0.5, 0.015, 250], marked: slashes },
    constant: { ground: [0.74, 0.14, 72], mark: [0.45, 0.1, 60], marked: stripes },
    active: { ground: [0.56, 0.09, 190], mark: [0.56, 0.09, 190], marked: plain },
  },
};

/**
 * Fills `out` `[height, width]` device pixels. Where several rows share a pixel row the healths lie
 * side by side by their shares, each that is there at least one pixel wide.
 */
export function fillStrip(
  out: Uint32Array,
  width: number,
  height: number,
  shares: Float32Array,
  theme: Theme,
  ratio: number,
): void {
  const inks = HEALTHS.map((health) => pixelsOf(INKS[theme][health]));
  for (let y = 0; y < height; y++) {
    const ends = stripEnds(shares.subarray(y * HEALTHS.length, (y + 1) * HEALTHS.length), width);
    for (let x = 0, kind = 0; x < width; x++) {
      while (kind < HEALTHS.length && x >= ends[kind]) kind++;
      const ink = inks[kind];
      const [left, down] = [Math.floor(x / ratio), Math.floor(y / ratio)];
      out[y * width + x] = !ink ? 0 : ink.marked(left, down) ? ink.mark : ink.ground;
    }
  }
}

/** Where each health's part of a strip of `width` pixels ends; a share above 0 gets a pixel. */
export function stripEnds(shares: ArrayLike<number>, width: number): number[] {
  const ends: number[] = [];
  let [end, total] = [0, 0];
  for (let kind = 0; kind < shares.length; kind++) {
    total += shares[kind];
    if (shares[kind] > 0) end = Math.min(width, Math.max(end + 1, Math.round(total * width)));
    ends.push(end);
  }
  return ends;
}

/** A swatch of one health for a legend, `[size, size]` device pixels. */
export function fillSwatch(
  out: Uint32Array,
  size: number,
  health: UnitHealth,
  theme: Theme,
  ratio: number,
): void {
  const shares = new Float32Array(size * HEALTHS.length);
  for (let y = 0; y < size; y++) shares[y * HEALTHS.length + HEALTHS.indexOf(health)] = 1;
  fillStrip(out, size, size, shares, theme, ratio);
}

/** The pixel of a health at a place, its texture included. */
export function healthPixels(health: UnitHealth, theme: Theme): (x: number, y: number) => number {
  const { ground, mark, marked } = pixelsOf(INKS[theme][health]);
  return (x, y) => (marked(x, y) ? mark : ground);
}

function pixelsOf({ ground, mark, marked }: Ink): {
  ground: number;
  mark: number;
  marked: Ink['marked'];
} {
  const solid = (colour: Lch): number => pixel(rgbOfLab(labOfLch(colour)));
  return { ground: solid(ground), mark: solid(mark), marked };
}
