import { describe, expect, it } from 'vitest';
import { traceBand, tracePath } from './line';
import { linearScale } from './scale';

const pixels = (count: number): ReturnType<typeof linearScale> => linearScale(0, count, 0, 100);
const y = linearScale(0, 1, 100, 0);

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('tracePath', () => {
  it('keeps every point where there are fewer points than pixels', () => {
    expect(tracePath([0, 50, 100], [0, 1, 0.5], pixels(100), y)).toEqual([0, 100, 50, 0, 100, 50]);
  });

  it('keeps a single extreme point among thousands', () => {
    const values = range(4096).map(() => 0.5);
    values[1234] = 1;
    values[3001] = 0;
    const path = tracePath(range(4096), values, pixels(4096), y);
    const heights = path.filter((_, i) => i % 2 === 1);
    expect(Math.min(...heights)).toBe(0);
    expect(Math.max(...heights)).toBe(100);
    expect(path.length / 2).toBeLessThanOrEqual(4 * 101);
  });

  it('reaches the same least and greatest height in each column as the slow way', () => {
    const values = range(2000).map((i) => (Math.sin(i * 12.9898) * 43758.5453) % 1);
    const x = pixels(2000);
    const path = tracePath(range(2000), values, x, y);
    for (const column of [0, 17, 63, 99]) {
      const inside = range(2000)
        .filter((i) => Math.floor(x.forward(i)) === column)
        .map((i) => y.forward(values[i]));
      const drawn = path.filter((_, i) => i % 2 === 1 && Math.floor(path[i - 1]) === column);
      expect(Math.min(...drawn)).toBe(Math.min(...inside));
      expect(Math.max(...drawn)).toBe(Math.max(...inside));
    }
  });

  it('lifts the pen at NaN and infinities, once per gap', () => {
    const path = tracePath(
      [0, 1, 2, 3, 4],
      [0, NaN, Infinity, 1, NaN],
      linearScale(0, 4, 0, 40),
      y,
    );
    expect(path).toEqual([0, 100, NaN, NaN, 30, 0, NaN, NaN]);
  });

  it('draws up to the edges of a window but no further', () => {
    const path = tracePath(
      range(100),
      range(100).map(() => 0.5),
      linearScale(40, 60, 0, 100),
      y,
    );
    const places = path.filter((_, i) => i % 2 === 0);
    expect(Math.min(...places)).toBe(-5);
    expect(Math.max(...places)).toBe(105);
  });
});

describe('traceBand', () => {
  it('takes the least low and the greatest high of a column and breaks at gaps', () => {
    const x = linearScale(0, 4, 0, 2);
    const band = traceBand([0, 1, 2, 4], [0.4, 0.2, NaN, 0.1], [0.5, 0.9, NaN, 0.3], x, y);
    expect(band).toEqual([
      [0, 80, expect.closeTo(10)],
      [2, 90, 70],
    ]);
  });
});
