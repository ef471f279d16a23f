/** Axes of a check's picture: linear or log, over what is there, with ticks. */
import { linearTicks, valueLabel, type Tick } from './axis';
import { decade, decadeTicks } from './ticks';
import { linearScale, type Scale } from './scale';

export interface CheckAxis {
  /** From values to pixels; on a log axis what is not above zero has no place (NaN). */
  readonly scale: Scale;
  readonly log: boolean;
  readonly ticks: readonly Tick[];
  /** Whether values lie beyond its ends. */
  readonly cut: { readonly low: boolean; readonly high: boolean };
}

/** Greater numbers make spans that no number holds. */
const LARGEST = 1e300;
/** A curve that begins far away must not flatten the rest. */
const CORE = { low: 0.1, high: 0.9, reach: 4, least: 10 };

export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly cut: { readonly low: boolean; readonly high: boolean };
}

/** Whether a value has a place on an axis. */
export function fits(value: number, log: boolean): boolean {
  return Number.isFinite(value) && Math.abs(value) < LARGEST && (!log || value > 0);
}

/**
 * From the least to the greatest value, `kept` always among them. Where a few of the values lie
 * further beyond the middle four fifths than four times their span, the domain ends at twice it.
 */
export function domainOf(
  values: Iterable<number>,
  kept: readonly number[],
  log: boolean,
  robust: boolean,
): Domain {
  const to = log ? Math.log10 : (value: number): number => value;
  const known: number[] = [];
  for (const value of values) if (fits(value, log)) known.push(to(value));
  const always = kept.filter((value) => fits(value, log)).map(to);
  const sorted = Float64Array.from(known).sort();
  const all = { low: least(sorted, always), high: greatest(sorted, always) };
  const ends = robust && sorted.length >= CORE.least ? withoutTails(sorted, always, all) : all;
  const [low, high] = padded(ends.low, ends.high);
  const from = log ? (value: number): number => 10 ** value : (value: number): number => value;
  return {
    low: from(low),
    high: from(high),
    cut: { low: ends.low > all.low, high: ends.high < all.high },
  };
}

function least(sorted: Float64Array, always: readonly number[]): number {
  const found = Math.min(sorted[0] ?? Infinity, ...always);
  return Number.isFinite(found) ? found : 0;
}

function greatest(sorted: Float64Array, always: readonly number[]): number {
  const found = Math.max(sorted[sorted.length - 1] ?? -Infinity, ...always);
  return Number.isFinite(found) ? found : 1;
}

function withoutTails(
  sorted: Float64Array,
  always: readonly number[],
  all: { readonly low: number; readonly high: number },
): { readonly low: number; readonly high: number } {
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  const low = Math.min(at(CORE.low), ...always);
  const high = Math.max(at(CORE.high), ...always);
  const span = high - low;
  if (!(span > 0)) return all;
  return {
    low: all.low < low - CORE.reach * span ? low - span : all.low,
    high: all.high > high + CORE.reach * span ? high + span : all.high,
  };
}

function padded(low: number, high: number): readonly [number, number] {
  const margin = high > low ? 0.05 * (high - low) : Math.max(Math.abs(low) * 0.1, 0.5);
  return [low - margin, high + margin];
}

/** `low` falls on pixel `from`, `high` on pixel `to`. */
export function checkAxis(domain: Domain, log: boolean, from: number, to: number): CheckAxis {
  const { low, high, cut } = domain;
  const length = Math.abs(to - from);
  if (!log) {
    const ticks = linearTicks(low, high, Math.max(2, length / (from > to ? 34 : 70)));
    return { scale: linearScale(low, high, from, to), log, ticks, cut };
  }
  const inner = linearScale(Math.log10(low), Math.log10(high), from, to);
  const scale: Scale = {
    low,
    high,
    forward: (value) => (value > 0 ? inner.forward(Math.log10(value)) : NaN),
    reverse: (pixel) => 10 ** inner.reverse(pixel),
  };
  return { scale, log, ticks: logTicks(low, high, length / (from > to ? 26 : 60)), cut };
}

/** Powers of ten; where fewer than three of them are in view, 1, 2 and 5 times those, or all. */
export function logTicks(low: number, high: number, most: number): readonly Tick[] {
  const exponents = decadeTicks(Math.log10(low), Math.log10(high), Math.max(2, most));
  if (exponents.length >= 3) {
    return exponents.map((exponent) => ({
      value: 10 ** exponent,
      label: exponent < 0 && exponent >= -2 ? String(10 ** exponent) : decade(exponent),
    }));
  }
  const between = [
    [1, 2, 5],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  ]
    .map((factors) => within(low, high, factors))
    .find((ticks) => ticks.length >= 3);
  return between ?? linearTicks(low, high, Math.max(2, most)).filter(({ value }) => value > 0);
}

function within(low: number, high: number, factors: readonly number[]): readonly Tick[] {
  const ticks: Tick[] = [];
  for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high; exponent++) {
    for (const factor of factors) {
      const value = Number(`${factor}e${exponent}`);
      if (value >= low && value <= high) ticks.push({ value, label: valueLabel(value) });
    }
  }
  return ticks;
}
