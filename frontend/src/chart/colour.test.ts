import { describe, expect, it } from 'vitest';
import { distance, labOfLch, rgbOfLab, type Lab, type Rgb, type Theme } from './colour';
import { MASKED, NAN, OVER, paletteOf, RAMP, RAMP_SIZE, UNDER, ZERO } from './colour_palette';

const THEMES: readonly Theme[] = ['light', 'dark'];
const KINDS = ['sequential', 'diverging'] as const;
const ALL = THEMES.flatMap((theme) => KINDS.map((kind) => ({ theme, kind })));

/** Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB. */
const DEFICIENCIES = {
  protan: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
  ],
  deutan: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
  ],
} as const;

function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** The inverse of `rgbOfLab`. */
function labOfRgb(rgb: Rgb): Lab {
  const [r, g, b] = [linear(rgb[0]), linear(rgb[1]), linear(rgb[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function seenBy(matrix: readonly number[], rgb: Rgb): Rgb {
  const [r, g, b] = [0, 3, 6].map((i) => {
    const mixed = rgb.reduce((sum, byte, j) => sum + matrix[i + j] * linear(byte), 0);
    const value = Math.min(1, Math.max(0, mixed));
    return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
  });
  return [r, g, b];
}

describe('OKLab', () => {
  it.each<[Rgb]>([[[0, 0, 0]], [[255, 255, 255]], [[200, 30, 90]], [[12, 130, 250]]])(
    'takes %j there and back',
    (rgb) => expect(rgbOfLab(labOfRgb(rgb))).toEqual(rgb),
  );
  it('gives white the lightness 1 and no hue', () => {
    const [lightness, a, b] = labOfRgb([255, 255, 255]);
    expect([lightness, a, b].map((value) => Math.abs(value).toFixed(3))).toEqual([
      '1.000',
      '0.000',
      '0.000',
    ]);
  });
  it('puts hue 0 on the axis of red', () => {
    expect(labOfLch([0.5, 0.1, 0])).toEqual([0.5, 0.1, 0]);
  });
});

describe.each(ALL)('the $kind palette in the $theme theme', ({ theme, kind }) => {
  const { rgb, pixels } = paletteOf(kind, theme);
  const ramp = rgb.slice(RAMP).map(labOfRgb);
  const arms = kind === 'diverging' ? [ramp.slice(0, 125).reverse(), ramp.slice(124)] : [ramp];

  it('has 256 codes, masked clear and all others opaque', () => {
    expect([rgb.length, pixels.length, RAMP_SIZE]).toEqual([256, 256, 249]);
    expect(pixels[MASKED]).toBe(0);
    expect(pixels.slice(1).every((value) => value >>> 24 === 255)).toBe(true);
  });

  it('is even: no stretch of 16 codes looks more than 1.35 times as long as another', () => {
    for (const arm of arms) {
      const spans = [];
      for (let i = 0; i + 16 < arm.length; i += 16) spans.push(distance(arm[i], arm[i + 16]));
      expect(Math.max(...spans) / Math.min(...spans)).toBeLessThan(1.35);
    }
  });

  it('changes lightness one way only along each arm, by at least half the range', () => {
    for (const arm of arms) {
      const rises = arm.slice(8).map(([lightness], i) => Math.sign(lightness - arm[i][0]));
      expect(new Set(rises).size).toBe(1);
      expect(Math.abs(arm[0][0] - arm[arm.length - 1][0])).toBeGreaterThan(0.5);
    }
  });

  it('gives zero, NaN and clipped values a look that is not in the ramp', () => {
    for (const code of [NAN, ZERO, OVER, ...(kind === 'diverging' ? [UNDER] : [])]) {
      const nearest = Math.min(...ramp.map((colour) => distance(colour, labOfRgb(rgb[code]))));
      expect(nearest).toBeGreaterThan(code === NAN ? 0.1 : 0.04);
    }
  });

  it.each(Object.entries(DEFICIENCIES))('keeps the ends apart for %s readers', (_, matrix) => {
    const seen = (i: number) => labOfRgb(seenBy(matrix, rgb[RAMP + i]));
    expect(distance(seen(20), seen(RAMP_SIZE - 21))).toBeGreaterThan(0.15);
    expect(distance(seen(0), seen(RAMP_SIZE >> 1))).toBeGreaterThan(0.15);
  });
});
