/** From values to colour codes: one scale for all units, as a table of 256 codes per unit. */
import {
  MASKED,
  NAN,
  NEGATIVE_INFINITY,
  OVER,
  POSITIVE_INFINITY,
  RAMP,
  RAMP_SIZE,
  UNDER,
  ZERO,
  type ScaleKind,
} from './colour_palette';
import { columnsOf, FIRST_FINITE, valueOf, type Picture } from './heatmap_picture';

export interface ColourScale {
  readonly kind: ScaleKind;
  /** The value at the ramp's far end (and minus this at its near end, if diverging); above 0. */
  readonly limit: number;
}

/** The robust limit's quantile of |a|; exact zeros are left out, or a sparse layer would clip. */
export const LIMIT_QUANTILE = 0.995;

/** The scale of the pictures shown together: sequential only if no unit has a negative value. */
export function colourScale(pictures: readonly Picture[]): ColourScale {
  const sizes = newSizes();
  let kind: ScaleKind = 'sequential';
  let greatest = 0;
  for (const picture of pictures) {
    for (let unit = 0; unit < picture.units; unit++) {
      const [low, high] = [picture.low[unit], picture.high[unit]];
      if (low < 0) kind = 'diverging';
      greatest = Math.max(greatest, Math.abs(low), Math.abs(high));
      addUnit(sizes, picture, unit);
    }
  }
  return { kind, limit: sizeQuantile(sizes, LIMIT_QUANTILE) || greatest || 1 };
}

function addUnit(sizes: Sizes, picture: Picture, unit: number): void {
  const counts = codeCounts(picture, unit);
  for (let code = FIRST_FINITE; code < 256; code++) {
    if (counts[code] === 0) continue;
    const value = valueOf(picture, unit, code);
    if (value !== 0) addSize(sizes, Math.abs(value), counts[code]);
  }
}

/** A quantile of millions of cells needs no more columns than this, evenly spread. */
const COUNTED_COLUMNS = 1024;

/** Magnitudes in bins of under 1 % width: a sort of half a million takes ten times as long. */
interface Sizes {
  readonly counts: Float64Array;
  /** The greatest magnitude in each bin, exact. */
  readonly greatest: Float64Array;
  readonly asFloat: Float32Array;
  readonly asBits: Uint32Array;
}

function newSizes(): Sizes {
  const asFloat = new Float32Array(1);
  const asBits = new Uint32Array(asFloat.buffer);
  return {
    counts: new Float64Array(1 << 15),
    greatest: new Float64Array(1 << 15),
    asFloat,
    asBits,
  };
}

/** A float32's exponent and the first seven bits of its mantissa are the bin. */
function addSize({ counts, greatest, asFloat, asBits }: Sizes, size: number, count: number): void {
  asFloat[0] = size;
  const bin = asBits[0] >>> 16;
  counts[bin] += count;
  if (size > greatest[bin]) greatest[bin] = size;
}

function sizeQuantile({ counts, greatest }: Sizes, share: number): number {
  const target = share * counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    seen += counts[bin];
    if (counts[bin] > 0 && seen >= target) return greatest[bin];
  }
  return 0;
}

function codeCounts(picture: Picture, unit: number): Uint32Array {
  const counts = new Uint32Array(256);
  const { codes } = picture;
  const columns = columnsOf(picture);
  const every = Math.ceil(columns / COUNTED_COLUMNS);
  for (let i = unit * columns; i < (unit + 1) * columns; i += every) counts[codes[i]]++;
  return counts;
}

/** The colour code of a finite value that is not exactly zero. */
export function colourCode({ kind, limit }: ColourScale, value: number): number {
  if (value > limit) return OVER;
  if (value < (kind === 'diverging' ? -limit : 0)) return UNDER;
  const place = kind === 'diverging' ? (value / limit + 1) / 2 : value / limit;
  return RAMP + Math.round(place * (RAMP_SIZE - 1));
}

export interface ColourTables {
  /** `[units, 256]`: the colour code of each picture code. */
  readonly colours: Uint8Array;
  /** `[units, 256]`: how far a cell stands out; the greatest wins where rows share a pixel. */
  readonly salience: Uint8Array;
}

const SPECIAL = [
  [0, MASKED, 0],
  [1, NAN, 255],
  [2, NEGATIVE_INFINITY, 254],
  [3, POSITIVE_INFINITY, 254],
] as const;

/** Salience 1..253 of a finite deviation from the unit's mean, in steps of the shared limit. */
function salienceOf(deviation: number, limit: number): number {
  return 1 + Math.min(252, Math.round((126 * deviation) / limit));
}

export function colourTables(picture: Picture, scale: ColourScale): ColourTables {
  const colours = new Uint8Array(256 * picture.units);
  const salience = new Uint8Array(256 * picture.units);
  for (let unit = 0; unit < picture.units; unit++) {
    const base = 256 * unit;
    const mean = picture.mean[unit] || 0;
    for (const [code, colour, weight] of SPECIAL) {
      colours[base + code] = colour;
      salience[base + code] = weight;
    }
    colours[base + 4] = ZERO;
    salience[base + 4] = salienceOf(Math.abs(mean), scale.limit);
    for (let code = FIRST_FINITE; code < 256; code++) {
      const value = valueOf(picture, unit, code);
      colours[base + code] = colourCode(scale, value);
      salience[base + code] = salienceOf(Math.abs(value - mean), scale.limit);
    }
  }
  return { colours, salience };
}
