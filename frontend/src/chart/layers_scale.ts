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
  const logs: number[] = [];
  for (const value of values) if (value > 0 && Number.isFinite(value)) logs.push(Math.log10(value));
  if (logs.length === 0) return { kind: 'sequential', low: -3, high: 0 };
  const sorted = Float64Array.from(logs).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  const ends = [at(0), at(1)];
  const isWide = ends[1] - ends[0] > most;
  const [low, high] = (isWide ? [at(TAIL), at(1 - TAIL)] : ends).map(nearlyWhole);
  return widened({ kind: 'sequential', low: Math.floor(low), high: Math.ceil(high) });
}

/** As far to either side of the usual value as the values go, between one and three decades. */
export function scaleAround(values: Iterable<number>, usual: number): DecadeScale {
  const { low, high } = decadeScale(values);
  const reach = Math.min(3, Math.max(1, high - usual, usual - low));
  return { kind: 'diverging', low: usual - reach, high: usual + reach };
}

/** A value a hair beyond a power of ten does not need a decade of its own. */
function nearlyWhole(log: number): number {
  const whole = Math.round(log);
  return Math.abs(log - whole) < 0.02 ? whole : log;
}

function widened({ kind, low, high }: DecadeScale): DecadeScale {
  const missing = Math.max(0, LEAST_DECADES - (high - low));
  return { kind, low: low - Math.ceil(missing / 2), high: high + Math.floor(missing / 2) };
}

/** The scale of the heatmap's colours on which `shadeOf` places the values. */
export function shadeScale({ kind, low, high }: DecadeScale): ColourScale {
  return { kind, limit: kind === 'diverging' ? (high - low) / 2 : high - low };
}

/** The place of a value above zero on the scale of colours, beyond its ends too. */
export function shadeOf({ kind, low, high }: DecadeScale, value: number): number {
  return Math.log10(value) - (kind === 'diverging' ? (low + high) / 2 : low);
}
