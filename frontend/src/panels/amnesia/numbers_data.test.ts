import { expect, it } from 'vitest';
import type { Frame } from '../../api';
import { cellOf, COLUMNS, isExponential, numbersOf, seen } from './numbers_data';

const frame: Frame = {
  step: 0,
  wallTime: 0,
  header: {},
  damaged: null,
  planes: new Map([
    [
      'numbers',
      {
        name: 'numbers',
        shape: [2, 3],
        rows: ['log10_amnesia_ratio', 'half_life'],
        data: Float64Array.of(-6, -6.5, -5.5, 6.6, 6.1, 7.2),
        damaged: null,
      },
    ],
  ]),
};
const [ratio, , , mean, life] = COLUMNS;
const scalars = {
  log10_amnesia_ratio: -6,
  mean_lag: 1234.4,
  half_life: 6.6,
  half_life_r2: 0.99,
};

it('reads bands by the names of their rows', () => {
  const numbers = numbersOf(frame)!;
  expect(cellOf(ratio, scalars, numbers)).toMatchObject({ value: '1.0e-6', band: '3.2e-7–3.2e-6' });
  expect(cellOf(life, scalars, numbers)).toMatchObject({ value: '6.6', band: '6.1–7.2' });
  expect(cellOf(mean, scalars, numbers)).toMatchObject({ value: '1,234', band: '' });
});

it('has no bands of records from before there were any', () => {
  expect(numbersOf({ ...frame, planes: new Map() })).toBeNull();
  expect(numbersOf(null)).toBeNull();
  expect(cellOf(ratio, scalars, null)).toEqual({ value: '1.0e-6', band: '', title: '' });
  expect(cellOf(mean, {}, null).value).toBe('–');
});

it.each([
  [6.6, 0.95, true],
  [6.6, 0.949, false],
  [Infinity, 0.99, false],
  [Infinity, NaN, false],
  [NaN, NaN, false],
])('says a half-life of %d at R² %d: %s', (half_life, half_life_r2, said) => {
  expect(isExponential({ half_life, half_life_r2 })).toBe(said);
  const { value } = cellOf(life, { half_life, half_life_r2 }, null);
  expect(value).toBe(said ? '6.6' : Number.isNaN(half_life) ? '–' : 'not exponential');
});

it('counts what the output sees', () => {
  expect(seen({ timesteps: 100, masked: 10, unreachable: 5, nonfinite: 1 })).toBe(84);
});
