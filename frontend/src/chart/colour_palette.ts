/** What each kind of cell looks like: a shared palette of 256 colour codes per theme. */
import { pixel, ramp, rgbOfLab, labOfLch, type Lch, type Rgb, type Theme } from './colour';

/** Sequential where no value is negative (ReLU, sigmoid); diverging around zero elsewhere. */
export type ScaleKind = 'sequential' | 'diverging';

/** Colour codes: what a cell is. From RAMP on, its place in the ramp. */
export const MASKED = 0;
export const NAN = 1;
export const NEGATIVE_INFINITY = 2;
export const POSITIVE_INFINITY = 3;
export const ZERO = 4;
export const UNDER = 5;
export const OVER = 6;
export const RAMP = 7;
export const RAMP_SIZE = 256 - RAMP;

export interface Palette {
  readonly kind: ScaleKind;
  readonly theme: Theme;
  /** RGB of each colour code; MASKED is transparent (the hatching behind it shows). */
  readonly rgb: readonly Rgb[];
  /** The same as ImageData pixels. */
  readonly pixels: Uint32Array;
}

interface Look {
  readonly nan: Lch;
  readonly negativeInfinity: Lch;
  readonly positiveInfinity: Lch;
  /** Exactly zero: off. Apart from the ramp's start, and from its middle if it is diverging. */
  readonly zero: Readonly<Record<ScaleKind, Lch>>;
  readonly sequential: readonly Lch[];
  /** Beyond a ramp that begins above zero, as one of decades does. */
  readonly sequentialUnder: Lch;
  readonly sequentialOver: Lch;
  readonly negative: readonly Lch[];
  readonly positive: readonly Lch[];
  readonly under: Lch;
  readonly over: Lch;
}

const LOOKS: Readonly<Record<Theme, Look>> = {
  light: {
    nan: [0.64, 0.29, 340],
    negativeInfinity: [0.8, 0.15, 200],
    positiveInfinity: [0.66, 0.24, 25],
    zero: { sequential: [0.875, 0.004, 250], diverging: [0.865, 0.004, 250] },
    sequential: [
      [0.965, 0.06, 105],
      [0.82, 0.12, 140],
      [0.62, 0.115, 195],
      [0.44, 0.13, 260],
      [0.28, 0.12, 285],
    ],
    sequentialUnder: [0.99, 0.025, 95],
    sequentialOver: [0.14, 0.05, 300],
    negative: [
      [0.975, 0.008, 250],
      [0.78, 0.09, 243],
      [0.57, 0.14, 252],
      [0.37, 0.13, 264],
    ],
    positive: [
      [0.975, 0.008, 70],
      [0.81, 0.12, 66],
      [0.62, 0.15, 48],
      [0.4, 0.12, 38],
    ],
    under: [0.2, 0.08, 275],
    over: [0.22, 0.07, 30],
  },
  dark: {
    nan: [0.68, 0.29, 335],
    negativeInfinity: [0.85, 0.16, 165],
    positiveInfinity: [0.68, 0.24, 22],
    zero: { sequential: [0.22, 0.004, 250], diverging: [0.38, 0.006, 250] },
    sequential: [
      [0.36, 0.11, 290],
      [0.48, 0.14, 275],
      [0.64, 0.12, 225],
      [0.79, 0.13, 165],
      [0.94, 0.15, 108],
    ],
    sequentialUnder: [0.27, 0.085, 305],
    sequentialOver: [0.99, 0.03, 105],
    negative: [
      [0.24, 0.012, 250],
      [0.43, 0.11, 258],
      [0.63, 0.14, 245],
      [0.84, 0.09, 228],
    ],
    positive: [
      [0.24, 0.012, 60],
      [0.44, 0.11, 42],
      [0.65, 0.15, 52],
      [0.86, 0.12, 76],
    ],
    under: [0.96, 0.045, 205],
    over: [0.975, 0.05, 95],
  },
};

const HALF = RAMP_SIZE >> 1;

function rampOf(kind: ScaleKind, look: Look): Rgb[] {
  if (kind === 'sequential') return ramp(look.sequential, RAMP_SIZE);
  const negative = ramp(look.negative, HALF + 1);
  const positive = ramp(look.positive, HALF + 1);
  return [...negative.slice(1).reverse(), positive[0], ...positive.slice(1)];
}

const built = new Map<string, Palette>();

/** The palette of a kind of scale in a theme (made once). */
export function paletteOf(kind: ScaleKind, theme: Theme): Palette {
  const key = `${kind} ${theme}`;
  const known = built.get(key);
  if (known) return known;
  const look = LOOKS[theme];
  const solid = (colour: Lch): Rgb => rgbOfLab(labOfLch(colour));
  const rgb: Rgb[] = [
    [0, 0, 0],
    solid(look.nan),
    solid(look.negativeInfinity),
    solid(look.positiveInfinity),
    solid(look.zero[kind]),
    solid(kind === 'sequential' ? look.sequentialUnder : look.under),
    solid(kind === 'sequential' ? look.sequentialOver : look.over),
    ...rampOf(kind, look),
  ];
  const pixels = Uint32Array.from(rgb, (colour, code) => pixel(colour, code === MASKED ? 0 : 255));
  const palette: Palette = { kind, theme, rgb, pixels };
  built.set(key, palette);
  return palette;
}
