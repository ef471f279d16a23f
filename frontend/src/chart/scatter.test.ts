import { describe, expect, it } from 'vitest';
import {
  between,
  dataAt,
  inside,
  isWholeWindow,
  MOST_LINES,
  nearestRow,
  pannedTo,
  placeOf,
  scatterLayout,
  userLines,
  zoomedTo,
  type ScatterWindow,
} from './scatter';

const WHOLE: ScatterWindow = { left: 0, right: 10, bottom: 0, top: 1 };
const HALF: ScatterWindow = { left: 0, right: 5, bottom: 0, top: 0.5 };

describe('places', () => {
  const layout = scatterLayout(500);

  it('go to pixels and back', () => {
    for (const at of [
      { x: 0, y: 0 },
      { x: 10, y: 1 },
      { x: 2.5, y: 0.75 },
    ]) {
      const back = dataAt(layout, WHOLE, placeOf(layout, WHOLE, at));
      expect(back.x).toBeCloseTo(at.x);
      expect(back.y).toBeCloseTo(at.y);
    }
  });

  it('outside of the plot count as its edge', () => {
    expect(dataAt(layout, WHOLE, { x: -50, y: -50 })).toEqual({ x: 0, y: 1 });
    expect(dataAt(layout, WHOLE, { x: 9999, y: 9999 })).toEqual({ x: 10, y: 0 });
  });

  it('leave a square plot where there is room', () => {
    for (const width of [300, 500, 620]) {
      const { plot } = scatterLayout(width);
      expect(plot.width).toBe(plot.height);
    }
    expect(scatterLayout(2500).plot.height).toBeLessThan(700);
    expect(scatterLayout(0).plot.width).toBeGreaterThan(0);
  });
});

describe('windows', () => {
  it('move within the whole only', () => {
    expect(pannedTo(HALF, WHOLE, 0.5, 0.5)).toEqual({
      left: 2.5,
      right: 7.5,
      bottom: 0.25,
      top: 0.75,
    });
    expect(pannedTo(HALF, WHOLE, -3, 9)).toEqual({ left: 0, right: 5, bottom: 0.5, top: 1 });
    expect(pannedTo(WHOLE, WHOLE, 0.5, 0.5)).toEqual(WHOLE);
  });

  it('keep the point under the pointer where they are zoomed', () => {
    const closer = zoomedTo(WHOLE, WHOLE, 0.5, { x: 2, y: 0.5 });
    expect(closer).toEqual({ left: 1, right: 6, bottom: 0.25, top: 0.75 });
    expect(zoomedTo(closer, WHOLE, 100, { x: 2, y: 0.5 })).toEqual(WHOLE);
    const closest = zoomedTo(WHOLE, WHOLE, 1e-12, { x: 2, y: 0.5 });
    expect(closest.right - closest.left).toBeGreaterThan(0);
  });

  it('know whether they are the whole', () => {
    expect(isWholeWindow(WHOLE, WHOLE)).toBe(true);
    expect(isWholeWindow(HALF, WHOLE)).toBe(false);
  });
});

describe('a rectangle', () => {
  it('is the same from whichever corner it is drawn', () => {
    const rectangle = { left: 1, right: 2, bottom: 3, top: 4 };
    expect(between({ x: 2, y: 3 }, { x: 1, y: 4 })).toEqual(rectangle);
    expect(between({ x: 1, y: 4 }, { x: 2, y: 3 })).toEqual(rectangle);
  });

  it('holds the rows within, edges included, and none that are nowhere', () => {
    const x = [0, 1, 2, 3, NaN, 2];
    const y = [0, 0.5, 1, 0.5, 0.5, NaN];
    const of = { left: 1, right: 2, bottom: 0.5, top: 1 };
    expect([...inside(x, y, of)]).toEqual([0, 1, 1, 0, 0, 0]);
  });
});

describe('the nearest row', () => {
  const layout = scatterLayout(500);
  const x = Float32Array.from([5, 5, 9, NaN]);
  const y = Float32Array.from([0.5, 0.5, 0.5, 0.5]);
  const at = placeOf(layout, WHOLE, { x: 5, y: 0.5 });

  it.each([
    ['of several on one place the one on top', null, at, 1],
    ['of the marked rows only', [1, 0, 1, 1], at, 0],
    ['within a few pixels', null, { x: at.x + 5, y: at.y - 5 }, 1],
    ['not further', null, { x: at.x + 15, y: at.y }, -1],
  ] as const)('%s', (_, mask, place, row) => {
    const marked = mask && Uint8Array.from(mask);
    expect(nearestRow(layout, WHOLE, x, y, marked, place)).toBe(row);
  });
});

describe('the lines of users', () => {
  const x = Float32Array.from([1, 1, 1, 2, 3, NaN]);
  const y = Float32Array.from([0.2, 0.9, 0.5, 0.5, 0.1, 0.9]);
  const users = [0, 0, 0, 1, 2, 2];

  it('join the lowest and the highest row, of users with several', () => {
    const { low, high, groups } = userLines(users, 3, { x, y, mask: null });
    expect([[...low], [...high], groups]).toEqual([[0], [1], 1]);
  });

  it('join selected rows only', () => {
    const mask = Uint8Array.from([1, 0, 1, 1, 1, 1]);
    const { low, high } = userLines(users, 3, { x, y, mask });
    expect([[...low], [...high]]).toEqual([[0], [2]]);
  });

  it('leave out rows of nobody, and of too many users some', () => {
    const rows = 4 * MOST_LINES;
    const codes = Uint32Array.from({ length: rows }, (_, i) => i >> 1);
    codes[0] = codes[1] = 0xffffffff;
    const at = Float32Array.from(codes, (_, i) => i);
    const { low, groups } = userLines(codes, rows / 2, { x: at, y: at, mask: null });
    expect(groups).toBe(2 * MOST_LINES - 1);
    expect(low.length).toBeLessThanOrEqual(MOST_LINES);
    expect(low.length).toBeGreaterThan(MOST_LINES / 2 - 1);
  });
});
