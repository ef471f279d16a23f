/** The numbers of a profile with their bands, as words. */
import type { Frame } from '../../api';
import type { Scalars } from '../../amnesia';
import { fromLog10, shortNumber } from '../../chart/ticks';

/** A number's value, and the ends of its band; NaN where there is none. */
export type Banded = readonly [value: number, low: number, high: number];

export type Numbers = Readonly<Record<string, Banded>>;

/** Of a frame that holds the plane; null from before there was one. */
export function numbersOf(frame: Frame | null): Numbers | null {
  const plane = frame?.planes.get('numbers');
  if (!plane?.rows || plane.damaged !== null) return null;
  return Object.fromEntries(
    plane.rows.map((name, i) => {
      const [value, low, high] = plane.data.subarray(3 * i, 3 * i + 3);
      return [name, [value, low, high]];
    }),
  );
}

export interface Column {
  readonly name: string;
  readonly title: string;
  /** What a perfect memory would have; nothing where that says nothing. */
  readonly flat: string;
  readonly words: (value: number) => string;
}

/** In the order of docs/wire_format.md. */
export const COLUMNS: readonly Column[] = [
  {
    name: 'log10_amnesia_ratio',
    title: 'amnesia ratio',
    flat: 'flat: 1',
    words: (value) => fromLog10(value),
  },
  { name: 'horizon90', title: 'horizon H90', flat: 'flat: 0.9 L', words: lags },
  { name: 'effective_steps', title: 'effective steps', flat: 'flat: N', words: lags },
  { name: 'mean_lag', title: 'mean lag', flat: '', words: lags },
  { name: 'half_life', title: 'half-life', flat: 'if exponential', words: lags },
];

function lags(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : shortNumber(value);
}

/** A line through the logarithms must explain so much before it may be called an exponential. */
const LEAST_R2 = 0.95;

export function isExponential({ half_life: life, half_life_r2: r2 }: Scalars): boolean {
  return Number.isFinite(life) && r2 >= LEAST_R2;
}

export interface Cell {
  readonly value: string;
  /** "6.1–7.2"; nothing where there is no band. */
  readonly band: string;
  /** More than fits. */
  readonly title: string;
}

export function cellOf(column: Column, scalars: Scalars, numbers: Numbers | null): Cell {
  const { name, words } = column;
  const value = scalars[name];
  if (value === undefined || Number.isNaN(value)) return { value: '–', band: '', title: '' };
  if (name === 'half_life') {
    const r2 = scalars['half_life_r2'];
    const title = Number.isNaN(r2) ? 'a flat profile' : `R² of the fit: ${r2.toFixed(3)}`;
    if (!isExponential(scalars)) return { value: 'not exponential', band: '', title };
    return { value: words(value), band: bandOf(column, numbers), title };
  }
  return { value: words(value), band: bandOf(column, numbers), title: '' };
}

function bandOf({ name, words }: Column, numbers: Numbers | null): string {
  const [, low, high] = numbers?.[name] ?? [NaN, NaN, NaN];
  return Number.isFinite(low) && Number.isFinite(high) ? `${words(low)}–${words(high)}` : '';
}

/** How many timesteps the output sees at all. */
export function seen({ timesteps, masked, unreachable, nonfinite }: Scalars): number {
  return timesteps - masked - unreachable - nonfinite;
}
