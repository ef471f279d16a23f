/** Estimates in words and numbers; pure. */
import { valueLabel } from '../../../chart/axis';
import type { Interval } from '../../../chart/forest';
import type { Estimate, Num } from '../analysis';

/** JSON's null is "not defined"; infinities come as text. */
export function numberOf(value: Num | undefined): number {
  if (value === null || value === undefined) return NaN;
  if (typeof value === 'number') return value;
  return value === 'inf' ? Infinity : -Infinity;
}

export function intervalOf(estimate: Estimate | undefined): Interval {
  const { value, low, high } = estimate ?? { value: null, low: null, high: null };
  return { value: numberOf(value), low: numberOf(low), high: numberOf(high) };
}

/**
 * "0.83 [0.80, 0.86]", with as many digits as the interval lets hold, or as given where a column of
 * them stands under one another; "n/a" where undefined.
 */
export function estimateText(
  estimate: Interval,
  signed = false,
  digits = digitsOf(estimate),
): string {
  const { value, low, high } = estimate;
  if (Number.isNaN(value)) return 'n/a';
  const told = (of: number): string => (signed && of > 0 ? '+' : '') + fixed(of, digits);
  if (Number.isNaN(low) || Number.isNaN(high)) return told(value);
  return `${told(value)} [${told(low)}, ${told(high)}]`;
}

/** Digits that suit most of a column of estimates; null: none has an interval to go by. */
export function commonDigits(estimates: readonly Interval[]): number | null {
  const digits = estimates.flatMap((estimate) => digitsOf(estimate) ?? []).sort((a, b) => a - b);
  return digits[digits.length >> 1] ?? null;
}

/** The value alone, as precise as beside its interval. */
export function valueText(estimate: Interval, signed = false): string {
  const { value } = estimate;
  return estimateText({ value, low: NaN, high: NaN }, signed, digitsOf(estimate));
}

/** The interval alone: "[0.80, 0.86]"; nothing where there is none. */
export function spanText(estimate: Interval, signed = false): string {
  return estimateText(estimate, signed).split(' ').slice(1).join(' ');
}

/** "p < 0.001", "p = 0.42"; nothing where there is none. */
export function chanceText(name: 'p' | 'q', value: number): string {
  if (Number.isNaN(value)) return '';
  if (value < 0.001) return `${name} < 0.001`;
  return `${name} = ${value.toFixed(value < 0.1 ? 3 : 2)}`;
}

const MOST_DIGITS = 6;

/** Of a hundredth where the interval is a few hundredths wide; null: no interval to go by. */
function digitsOf({ value, low, high }: Interval): number | null {
  const half = (high - low) / 2;
  if (!(half > 0) || !Number.isFinite(half)) return null;
  const needed = -Math.floor(Math.log10(half));
  const least = Math.abs(value) < 10 ? 2 : 0;
  return Math.min(MOST_DIGITS, Math.max(least, needed));
}

function fixed(value: number, digits: number | null): string {
  if (digits === null || !Number.isFinite(value) || Math.abs(value) >= 1e6) {
    return valueLabel(value, 3);
  }
  const text = value.toFixed(digits);
  // A minus before zeros alone would tell a sign that is not there.
  return (Number(text) === 0 ? (0).toFixed(digits) : text).replace('-', '−');
}
