/** Colours of rows: one each for a few categories, a ramp for numbers, two arms for wins and losses. */
import { labOfLch, ramp, rgbOfLab, type Lch, type Rgb, type Theme } from './colour';

/** Far apart in hue, and in lightness where two hues look alike to the colour-blind. */
const CATEGORIES: Readonly<Record<Theme, readonly Lch[]>> = {
  light: [
    [0.6, 0.13, 245],
    [0.62, 0.19, 40],
    [0.58, 0.13, 160],
    [0.72, 0.15, 85],
    [0.5, 0.2, 305],
    [0.68, 0.17, 0],
    [0.42, 0.08, 60],
    [0.75, 0.11, 205],
    [0.4, 0.13, 270],
    [0.66, 0.17, 130],
  ],
  dark: [
    [0.72, 0.12, 240],
    [0.72, 0.17, 45],
    [0.76, 0.14, 160],
    [0.86, 0.15, 95],
    [0.68, 0.18, 305],
    [0.74, 0.16, 0],
    [0.62, 0.09, 60],
    [0.85, 0.1, 205],
    [0.6, 0.15, 270],
    [0.8, 0.18, 130],
  ],
};

/** How many categories have a colour of their own. */
export const MOST_CATEGORIES = CATEGORIES.light.length;

const OTHER: Readonly<Record<Theme, Lch>> = { light: [0.72, 0, 0], dark: [0.55, 0, 0] };
const MISSING: Readonly<Record<Theme, Lch>> = { light: [0.55, 0.03, 320], dark: [0.66, 0.03, 320] };
const REST: Readonly<Record<Theme, Lch>> = { light: [0.6, 0, 0], dark: [0.62, 0, 0] };

/** From faint to strong, and never as faint as the card behind it. */
const NUMBERS: Readonly<Record<Theme, readonly Lch[]>> = {
  light: [
    [0.85, 0.14, 100],
    [0.66, 0.14, 165],
    [0.46, 0.13, 250],
    [0.3, 0.13, 290],
  ],
  dark: [
    [0.45, 0.13, 290],
    [0.58, 0.13, 250],
    [0.75, 0.13, 175],
    [0.92, 0.15, 105],
  ],
};

/** From as good as the other to the greatest loss, and to the greatest win. */
const LOSSES: Readonly<Record<Theme, readonly Lch[]>> = {
  light: [
    [0.8, 0.01, 40],
    [0.66, 0.15, 38],
    [0.48, 0.19, 22],
  ],
  dark: [
    [0.48, 0.01, 40],
    [0.6, 0.13, 38],
    [0.75, 0.18, 25],
  ],
};
const WINS: Readonly<Record<Theme, readonly Lch[]>> = {
  light: [
    [0.8, 0.01, 245],
    [0.63, 0.12, 245],
    [0.42, 0.15, 262],
  ],
  dark: [
    [0.48, 0.01, 245],
    [0.64, 0.11, 243],
    [0.84, 0.1, 225],
  ],
};

const solid = (colour: Lch): Rgb => rgbOfLab(labOfLch(colour));

export function categoryColour(theme: Theme, place: number): Rgb {
  return solid(CATEGORIES[theme][place % MOST_CATEGORIES]);
}

/** Categories beyond those that have a colour. */
export const otherColour = (theme: Theme): Rgb => solid(OTHER[theme]);
export const missingColour = (theme: Theme): Rgb => solid(MISSING[theme]);
/** Of rows that are not selected. */
export const restColour = (theme: Theme): Rgb => solid(REST[theme]);

/** Codes 0..254 along a ramp; 255: missing. */
export const RAMP_CODES = 255;
export const MISSING_CODE = 255;

export function rampColours(kind: 'number' | 'gain', theme: Theme): readonly Rgb[] {
  if (kind === 'number') return [...ramp(NUMBERS[theme], RAMP_CODES), missingColour(theme)];
  const half = (RAMP_CODES + 1) / 2;
  const losses = [...ramp(LOSSES[theme], half)].reverse();
  return [...losses, ...ramp(WINS[theme], half).slice(1), missingColour(theme)];
}

/** `[256, 3]`, for the bitmap. */
export function tableOf(colours: readonly Rgb[]): Uint8Array {
  const table = new Uint8Array(3 * 256);
  colours.forEach((colour, code) => table.set(colour, 3 * code));
  return table;
}
