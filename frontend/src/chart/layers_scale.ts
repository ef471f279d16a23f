/** Decades as colours and as places: the log scale of gradients, updates and weights. */
import type { ScaleKind } from './colour_palette';
import type { ColourScale } from './colour_scale';

/** Ends are whole decades: exponents of ten. */
export interface DecadeScale {
  /** Diverging: the middle of the scale is what is usual. */
  readonly kind: ScaleKind;
  readonly low: number;
  readonly high: number;
}

/** Wider than this, neighbouring decades look alike: the tails are cut off, and said to be. */
const MOST_DECADES = 12;
const LEAST_DECADES = 2;
const TAIL = 0.02;

/** The decades of what is greater than zero and finite; the rest has looks of its own. */
export function decadeScale(values: Iterable<number>, most = MOST_DECADES): DecadeScale {
  const [low, high] = wholeDecades(values, most) ?? [-3, 0];
  const missing = Math.max(0, LEAST_DECADES - (high - low));
  return {
    kind: 'sequential',
    low: low - Math.ceil(missing / 2),
    high: high + Math.floor(missing / 2),
  };
}

/** As far to either side of the usual value as the values go, between one and three decades. */
export function scaleAround(values: Iterable<number>, usual: number): DecadeScale {
  const [low, high] = wholeDecades(values, MOST_DECADES) ?? [usual, usual];
  const reach = Math.min(3, Math.max(1, high - usual, usual - low));
  return { kind: 'diverging', low: usual - reach, high: usual + reach };
}

/** The exponents between which the values lie, but for the tails of more decades than `most`. */
function wholeDecades(values: Iterable<number>, most: number): readonly [number, number] | null {
  const logs: number[] = [];
  for (const value of values) if (value > 0 && Number.isFinite(value)) logs.push(Math.log10(value));
  if (logs.length === 0) return null;
  const sorted = Float64Array.from(logs).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  const tail = at(1) - at(0) > most ? TAIL : 0;
  return [Math.floor(nearlyWhole(at(tail))), Math.ceil(nearlyWhole(at(1 - tail)))];
}

/** A value a hair beyond a power of ten does not need a decade of its own. */
function nearlyWhole(log: number): number {
  const whole = Math.round(log);
  return Math.abs(log - whole) < 0.02 ? whole : log;
}

/** The scale of the heatmap's colours on which `shadeOf` places the values. */
export function shadeScale({ kind, low, high }: DecadeScale): ColourScale {
  return { kind, limit: kind === 'diverging' ? (high - low) / 2 : high - low };
}

/** The place of a value above zero on the scale of colours, beyond its ends too. */
export function shadeOf({ kind, low, high }: DecadeScale, value: number): number {
  return Math.log10(value) - (kind === 'diverging' ? (low + high) / 2 : low);
}
