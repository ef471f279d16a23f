/** The quantised picture of a layer, as the wire format stores it: codes and what they stand for. */

export const FIRST_FINITE = 5;
const LEVELS = 250;

export interface Picture {
  readonly units: number;
  /** Places on the horizontal axis: timesteps, examples or positions. */
  readonly steps: number;
  /** Places that one column stands for; above 1 in an overview. The last may cover fewer. */
  readonly stride: number;
  /** `[units, columns]`: 0 masked, 1 NaN, 2 -inf, 3 +inf, 4 zero, 5..255 from low to high. */
  readonly codes: Uint8Array;
  /** `[units]` each. */
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
}

export function columnsOf({ steps, stride }: Picture): number {
  return Math.ceil(steps / stride);
}

/** What a code of a unit stands for: a number (also NaN and infinities), or null where masked. */
export function cellValue(picture: Picture, unit: number, code: number): number | null {
  switch (code) {
    case 0:
      return null;
    case 1:
      return NaN;
    case 2:
      return -Infinity;
    case 3:
      return Infinity;
    case 4:
      return 0;
    default:
      return valueOf(picture, unit, code);
  }
}

/** The value of a finite code. */
export function valueOf({ low, high }: Picture, unit: number, code: number): number {
  const part = (code - FIRST_FINITE) / LEVELS;
  return low[unit] * (1 - part) + high[unit] * part;
}

/** The greatest error of a finite cell of a unit: half a level. */
export function errorOf({ low, high }: Picture, unit: number): number {
  return high[unit] / (2 * LEVELS) - low[unit] / (2 * LEVELS);
}

/** Where a value lies on a unit's scale of codes, not rounded; 5 where the scale is empty. */
export function codeOf({ low, high }: Picture, unit: number, value: number): number {
  const span = high[unit] - low[unit];
  return span > 0 ? FIRST_FINITE + (LEVELS * (value - low[unit])) / span : FIRST_FINITE;
}
