import { expect, it } from 'vitest';
import {
  calibrationBinsAt,
  calibrationLayout,
  calibrationTop,
  type CalibrationBin,
  type CalibrationInput,
} from './calibration';

function bin(low: number, high: number, share: number, rows = 10): CalibrationBin {
  const mean = (low + high) / 2;
  return { low, high, rows, mean, share, shareLow: share - 0.01, shareHigh: share + 0.01 };
}

function input(...lists: readonly (readonly CalibrationBin[])[]): CalibrationInput {
  const series = lists.map((bins) => ({ name: 'model', colour: '#000', hollow: false, bins }));
  return { series, across: 'predicted', up: 'share' };
}

it.each([
  ['usual', [bin(0, 0.5, 0.2), bin(0.5, 1, 0.8)], 1],
  ['rare', [bin(0, 0.1, 0.03)], 0.05],
  ['rare but for bins without rows', [bin(0, 0.1, 0.03), bin(0.9, 1, 0.9, 0)], 0.05],
  ['nothing', [], 1],
  ['undefined', [bin(0, 1, NaN, 0)], 1],
])('the axes of what is %s end where there is something', (_, bins, top) => {
  expect(calibrationTop(input(bins).series)).toBe(top);
});

it('puts what is well calibrated on the diagonal, and stays in its column', () => {
  const known = input([bin(0, 0.5, 0.25), bin(0.5, 1, 0.75)]);
  for (const width of [200, 400, 2000]) {
    const { plot, x, y } = calibrationLayout(known, width);
    expect((x.forward(0.75) - plot.x) / plot.width).toBeCloseTo(0.75, 6);
    expect((plot.y + plot.height - y.forward(0.75)) / plot.height).toBeCloseTo(0.75, 6);
    expect(plot.x + plot.width).toBeLessThanOrEqual(width);
  }
});

it('finds the bins of every series under the pointer', () => {
  const known = input([bin(0, 0.5, 0.25), bin(0.5, 1, 0.75)], [bin(0, 0.2, 0.1)]);
  const layout = calibrationLayout(known, 400);
  const at = (value: number) =>
    calibrationBinsAt(known, layout, layout.x.forward(value), layout.plot.y + 5);
  expect(at(0.1)).toEqual([0, 0]);
  expect(at(0.7)).toEqual([1, 0]);
  expect(at(1)).toEqual([1, 0]);
  expect(calibrationBinsAt(known, layout, 0, 0)).toBeNull();
});
