import { describe, expect, it } from 'vitest';
import { clamped, isWhole, panned, whole, zoomRows, zoomTime } from './heatmap_window';

const bounds = { steps: 4096, rows: 128 };
const all = whole(bounds);

describe('the window of a heatmap', () => {
  it('starts as the whole picture', () => {
    expect(all).toEqual({ from: 0, to: 4096, top: 0, bottom: 128 });
    expect(isWhole(all, bounds)).toBe(true);
  });

  it('keeps the step under the pointer while it zooms', () => {
    const near = zoomTime(all, bounds, 0.5, 0.25);
    expect([near.from, near.to]).toEqual([512, 2560]);
    expect(near.from + 0.25 * (near.to - near.from)).toBe(1024);
  });

  it.each([
    ['closer than 8 steps', 1e-9, 0.5, [2044, 2052]],
    ['wider than the picture', 1e9, 0.1, [0, 4096]],
  ])('never zooms %s', (_, factor, anchor, expected) => {
    const { from, to } = zoomTime(all, bounds, factor, anchor);
    expect([from, to]).toEqual(expected);
  });

  it('zooms rows and leaves time alone', () => {
    expect(zoomRows(all, bounds, 0.25, 1)).toEqual({ from: 0, to: 4096, top: 96, bottom: 128 });
  });

  it('pans by shares of what is in view and stops at the ends', () => {
    const near = clamped({ from: 1000, to: 2000, top: 0, bottom: 128 }, bounds);
    expect(panned(near, bounds, 0.5, 0)).toMatchObject({ from: 1500, to: 2500 });
    expect(panned(near, bounds, 9, 0)).toMatchObject({ from: 3096, to: 4096 });
    expect(panned(near, bounds, -9, 9)).toMatchObject({ from: 0, to: 1000, top: 0, bottom: 128 });
  });

  it('repairs a window from an address that does not fit this picture', () => {
    const { from, to } = clamped({ from: 9000, to: 9001, top: 0, bottom: 128 }, bounds);
    expect([from, to]).toEqual([4088, 4096]);
    expect(clamped({ from: 0, to: 4096, top: 0, bottom: 128 }, { steps: 4, rows: 2 })).toEqual(
      whole({ steps: 4, rows: 2 }),
    );
  });
});
