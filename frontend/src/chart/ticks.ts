/** Where an axis is marked, and what stands there. */

/** Round values (1, 2 or 5 times a power of ten) inside a domain, at most about `count`. */
export function linearTicks(low: number, high: number, count: number): readonly number[] {
  const span = high - low;
  if (!(span > 0) || count < 1 || !Number.isFinite(span)) return [];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9))!;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / stride - 1e-9); i * stride <= high + stride * 1e-9; i++) {
    // Dividing by a whole number keeps 0.3 from becoming 0.30000000000000004.
    // Adding zero makes a plain zero of a negative one.
    ticks.push((stride < 1 ? i / Math.round(1 / stride) : i * stride) + 0);
  }
  return ticks;
}

const DECADE_STRIDES = [1, 2, 3, 5, 10, 20, 50, 100];

/** Whole exponents inside a domain of log10 values, at most about `count`. */
export function decadeTicks(low: number, high: number, count: number): readonly number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const stride = DECADE_STRIDES.find((candidate) => span / candidate <= count) ?? 200;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / stride - 1e-9); i * stride <= high + 1e-9; i++) {
    ticks.push(i * stride + 0);
  }
  return ticks;
}

/** The largest power of ten is written out up to a million; then as 10⁷. */
export function decade(exponent: number): string {
  if (exponent >= 0 && exponent <= 3) return (10 ** exponent).toLocaleString('en-US');
  return `10${superscript(exponent)}`;
}

/** "1,000,000×", "10¹²×". */
export function times(exponent: number): string {
  return `${exponent <= 9 ? (10 ** exponent).toLocaleString('en-US') : decade(exponent)}×`;
}

/** A value given as its log10, to two digits: "3.2e-5"; beyond what a double holds too. */
export function fromLog10(log10: number): string {
  if (Number.isNaN(log10)) return 'none';
  if (log10 > -3 && log10 < 4) return shortNumber(10 ** log10);
  let exponent = Math.floor(log10);
  let mantissa = (10 ** (log10 - exponent)).toFixed(1);
  if (mantissa === '10.0') [mantissa, exponent] = ['1.0', exponent + 1];
  return `${mantissa}e${exponent}`;
}

/** Short and exact enough to read: three digits, thousands separated; NaN and infinities by name. */
export function shortNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace('e+', 'e');
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function superscript(value: number): string {
  return String(value).replace(/[-\d]/g, (digit) =>
    digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)],
  );
}
