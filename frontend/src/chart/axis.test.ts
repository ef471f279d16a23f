import { describe, expect, it } from 'vitest';
import {
  integerTicks,
  linearTicks,
  percentLabel,
  symlogTicks,
  valueLabel,
  type Tick,
} from './axis';
import { clockLabel, clockTicks } from './axis_clock';

const labels = (ticks: readonly Tick[]): string[] => ticks.map(({ label }) => label);

describe('linear ticks', () => {
  it.each([
    [0, 4096, 6, ['0', '1,000', '2,000', '3,000', '4,000']],
    [-0.3, 0.3, 6, ['−0.3', '−0.2', '−0.1', '0', '0.1', '0.2', '0.3']],
    [0, 1, 3, ['0', '0.5', '1.0']],
    [2e6, 4e6, 2, ['2e6', '3e6', '4e6']],
    [0, 3e-7, 3, ['0', '1e−7', '2e−7', '3e−7']],
    [1000.2, 1000.4, 2, ['1,000.2', '1,000.3', '1,000.4']],
  ])('of %d to %d', (from, to, most, expected) => {
    expect(labels(linearTicks(from, to, most))).toEqual(expected);
  });

  it('are none where there is no range', () => {
    expect(linearTicks(1, 1, 5)).toEqual([]);
    expect(linearTicks(0, NaN, 5)).toEqual([]);
  });

  it('are whole numbers for steps, however close', () => {
    expect(labels(integerTicks(10.2, 13.9, 10))).toEqual(['11', '12', '13']);
  });
});

describe('symmetric log ticks', () => {
  it('mark zero and the powers of ten on both sides', () => {
    const ticks = symlogTicks(-100, 10, 0.1, 20);
    expect(labels(ticks)).toEqual(['−100', '−10', '−1', '−0.1', '0', '0.1', '1', '10']);
    expect(ticks.filter(({ major }) => major).map(({ value }) => value)).toEqual([0]);
  });
  it('are thinned to the room there is', () => {
    expect(labels(symlogTicks(-1e6, 1e6, 1e-3, 8))).toEqual([
      '−10⁶',
      '−1,000',
      '−1',
      '−10⁻³',
      '0',
      '10⁻³',
      '1',
      '1,000',
      '10⁶',
    ]);
  });
});

describe('numbers in words', () => {
  it.each([
    [null, 'masked'],
    [NaN, 'NaN'],
    [Infinity, '+∞'],
    [-Infinity, '−∞'],
    [0, '0'],
    [-0.123456, '−0.1235'],
    [1234567, '1.235e6'],
    [-0.00001234, '−1.234e−5'],
  ])('%s reads %s', (value, text) => expect(valueLabel(value)).toBe(text));

  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.9999, '> 99.9 %'],
    [0.998, '99.8 %'],
    [0.0001, '< 0.1 %'],
    [0.42, '42 %'],
    [NaN, 'no data'],
  ])('the share %d reads %s', (share, text) => expect(percentLabel(share)).toBe(text));
});

describe('clock ticks', () => {
  const monday = 1_763_942_400; // 2025-11-24, 00:00 UTC
  const hourly = Float64Array.from({ length: 73 }, (_, hour) => monday - 3600 + hour * 3600);

  it('stand where a new round time begins, days stronger', () => {
    const ticks = clockTicks(hourly, 0, 73, 6);
    expect(labels(ticks)).toEqual(['Mon', '12:00', 'Tue', '12:00', 'Wed', '12:00']);
    expect(ticks[0]).toMatchObject({ value: 1, major: true });
    expect(ticks[2].value).toBe(25);
  });

  it('keep their place on irregular steps and drop those too near to read', () => {
    const bursts = Float64Array.from([0, 10, 20, 30, 86_400, 86_401, 172_800, 259_200]);
    const ticks = clockTicks(bursts, 0, 8, 4);
    expect(ticks.map(({ value }) => value)).toEqual([4, 6]);
    expect(labels(ticks)).toEqual(['day 1', 'day 2']);
  });

  it('ignore a padded tail', () => {
    const padded = Float64Array.from([...hourly.slice(0, 30), 0, 0, 0]);
    expect(labels(clockTicks(padded, 0, 33, 4))).toEqual(['Mon', '12:00', 'Tue']);
    expect(clockTicks(Float64Array.from([NaN, NaN]), 0, 2, 4)).toEqual([]);
  });

  it.each([
    [monday + 6.5 * 3600, 'Mon 06:30'],
    [90_000, 'day 1 01:00'],
    [NaN, 'no time'],
  ])('%d reads %s', (seconds, text) => expect(clockLabel(seconds)).toBe(text));
});
