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

interface Weighted {
  readonly size: number;
  readonly count: number;
}

function codeCounts(picture: Picture, unit: number): Uint32Array {
  const counts = new Uint32Array(256);
  const { codes } = picture;
  const columns = columnsOf(picture);
  for (let i = unit * columns; i < (unit + 1) * columns; i++) counts[codes[i]]++;
  return counts;
}

function quantile(parts: Weighted[], share: number): number {
  parts.sort((x, y) => x.size - y.size);
  const target = share * parts.reduce((sum, part) => sum + part.count, 0);
  let seen = 0;
  for (const part of parts) {
    seen += part.count;
    if (seen >= target) return part.size;
  }
  return 0;
}

/** The scale of the pictures shown together: sequential only if none has a negative value. */
export function colourScale(pictures: readonly Picture[]): ColourScale {
  let kind: ScaleKind = 'sequential';
  const parts: Weighted[] = [];
  for (const picture of pictures) {
    for (let unit = 0; unit < picture.units; unit++) {
      const counts = codeCounts(picture, unit);
      for (let code = FIRST_FINITE; code < 256; code++) {
        if (!counts[code]) continue;
        const value = valueOf(picture, unit, code);
        if (value < 0) kind = 'diverging';
        if (value !== 0) parts.push({ size: Math.abs(value), count: counts[code] });
      }
    }
  }
  return { kind, limit: quantile(parts, LIMIT_QUANTILE) || 1 };
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
