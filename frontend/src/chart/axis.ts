/** Ticks: round numbers on a line of steps, of values, on a symmetric log scale, or of a clock. */

export interface Tick {
  readonly value: number;
  readonly label: string;
  /** The first of a greater unit (a new day), or zero: drawn stronger. */
  readonly major?: boolean;
}

/** Round numbers in `[from, to]`, at most about `most` of them; 1, 2 or 5 times a power of ten. */
export function linearTicks(from: number, to: number, most: number, least = 0): Tick[] {
  const step = Math.max(least, roundStep((to - from) / Math.max(1, most)));
  if (!(step > 0) || !Number.isFinite(step)) return [];
  const ticks: Tick[] = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++) {
    // k * 0.1 is not always the nearest number to the decimal; the label must be.
    const value = Number((k * step).toPrecision(12));
    ticks.push({ value, label: numberLabel(value, step) });
  }
  return ticks;
}

/** Ticks at whole numbers only, for timesteps and rows. */
export function integerTicks(from: number, to: number, most: number): Tick[] {
  return linearTicks(from, to, most, 1);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((round) => round * power >= rough * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(12));
}

/** A number with as many digits as its tick distance needs: thousands apart, tiny ones as powers. */
export function numberLabel(value: number, step: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || step < 1e-4) return scientific(value, step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return minus(grouped(value, digits));
}

/** With commas between thousands; ten times as fast as Intl, which also takes long to start. */
export function grouped(value: number, digits = 0): string {
  const [whole, part] = value.toFixed(digits).split('.');
  const commas = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? commas : `${commas}.${part}`;
}

function scientific(value: number, step: number): string {
  const digits = Math.max(
    0,
    Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step)),
  );
  return minus(value.toExponential(Math.min(6, digits)).replace('e+', 'e'));
}

function minus(text: string): string {
  return text.replaceAll('-', '−');
}

/** A measured value for people: four significant digits, powers of ten beyond 1e-4 and 1e6. */
export function valueLabel(value: number | null, digits = 4): string {
  if (value === null) return 'masked';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4 ? value.toExponential(digits - 1) : plain(value, digits);
  return minus(text.replace('e+', 'e'));
}

function plain(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** A share as a percentage that never rounds to 0 or 100 % what is not. */
export function percentLabel(share: number): string {
  if (!(share > 0)) return Number.isNaN(share) ? 'no data' : '0 %';
  if (share >= 1) return '100 %';
  if (share < 0.001) return '< 0.1 %';
  if (share > 0.999) return '> 99.9 %';
  return `${(100 * share).toFixed(share < 0.1 || share > 0.9 ? 1 : 0)} %`;
}

/**
 * Ticks of a symmetric log scale that is linear below `linear`: zero, then powers of ten on either
 * side, thinned so that about `most` remain.
 */
export function symlogTicks(from: number, to: number, linear: number, most: number): Tick[] {
  const lowest = Math.ceil(Math.log10(linear));
  const highest = Math.floor(Math.log10(Math.max(Math.abs(from), Math.abs(to), linear)) + 1e-9);
  const sides = (from < 0 ? 1 : 0) + (to > 0 ? 1 : 0);
  const every = Math.max(1, Math.ceil((sides * (highest - lowest + 1)) / Math.max(1, most)));
  const ticks: Tick[] = from <= 0 && to >= 0 ? [{ value: 0, label: '0', major: true }] : [];
  for (let exponent = highest; exponent >= lowest; exponent -= every) {
    for (const sign of [-1, 1]) {
      const value = sign * 10 ** exponent;
      if (value >= from && value <= to) ticks.push({ value, label: powerLabel(sign, exponent) });
    }
  }
  return ticks.sort((a, b) => a.value - b.value);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function powerLabel(sign: number, exponent: number): string {
  const lead = sign < 0 ? '−' : '';
  if (exponent >= -2 && exponent <= 3)
    return lead + grouped(10 ** exponent, Math.max(0, -exponent));
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]);
  return `${lead}10${exponent < 0 ? '⁻' : ''}${digits.join('')}`;
}
