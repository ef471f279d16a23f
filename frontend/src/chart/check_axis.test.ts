import { describe, expect, it } from 'vitest';
import { checkAxis, domainOf, logTicks } from './check_axis';

const UNCUT = { low: false, high: false };
const labels = (low: number, high: number, most = 8): string[] =>
  logTicks(low, high, most).map(({ label }) => label);

describe('domainOf', () => {
  it('holds all values, a margin, and what is kept', () => {
    expect(domainOf([0, 10], [], false, false)).toEqual({ low: -0.5, high: 10.5, cut: UNCUT });
    expect(domainOf([0, 10], [30], false, false).high).toBe(31.5);
  });

  it.each([
    ['one value', [5], false],
    ['no value', [], false],
    ['nothing finite', [NaN, Infinity, -Infinity], false],
    ['no value above zero', [0, -1], true],
    ['numbers whose span no number holds', [1e308, -1e308], false],
  ])('has ends where there is %s', (_, values, log) => {
    const { low, high } = domainOf(values, [], log, true);
    expect(Number.isFinite(high - low) && high > low).toBe(true);
  });

  it('cuts off a curve that begins far away, where that is asked for', () => {
    const values = [-5000, ...Array.from({ length: 40 }, (_, i) => i / 40)];
    const robust = domainOf(values, [], false, true);
    expect(robust.low).toBeGreaterThan(-2);
    expect(robust.cut).toEqual({ low: true, high: false });
    expect(domainOf(values, [], false, false).low).toBeLessThan(-5000);
    expect(domainOf(values.slice(0, 5), [], false, true).cut.low).toBe(false);
  });

  it('counts decades on a log axis', () => {
    const { low, high } = domainOf([1e-4, 1, 0, -3], [], true, false);
    expect(Math.log10(low)).toBeCloseTo(-4.2);
    expect(Math.log10(high)).toBeCloseTo(0.2);
  });
});

describe('checkAxis', () => {
  it('places equal ratios at equal distances, there and back', () => {
    const { scale } = checkAxis({ low: 0.01, high: 100, cut: UNCUT }, true, 0, 400);
    expect([0.01, 0.1, 1, 10, 100].map((v) => Math.round(scale.forward(v)))).toEqual([
      0, 100, 200, 300, 400,
    ]);
    expect(scale.reverse(250)).toBeCloseTo(10 ** 0.5);
    expect(scale.forward(0)).toBeNaN();
  });
});

describe('logTicks', () => {
  it.each([
    [1e-9, 1e3, ['10⁻⁸', '10⁻⁶', '10⁻⁴', '0.01', '1', '100']],
    [0.4, 9, ['0.5', '1', '2', '5']],
    [2.2, 5.8, ['3', '4', '5']],
  ])('marks %f to %f', (low, high, expected) => {
    expect(labels(low, high)).toEqual(expected);
  });

  it('marks less than that too', () => {
    expect(labels(4.1, 4.9).length).toBeGreaterThanOrEqual(2);
  });
});
