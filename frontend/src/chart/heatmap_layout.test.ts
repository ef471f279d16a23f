import { describe, expect, it } from 'vitest';
import { figureLayout, hit, mapHeight, xOf, yOf } from './heatmap_layout';

const layout = figureLayout(1000, 128, 2, true);
const window = { from: 1000, to: 2000, top: 0, bottom: 128 };

describe('the figure', () => {
  it('puts lanes, map, time and detail on one horizontal axis', () => {
    const parts = [...layout.lanes, layout.map, layout.axis, layout.detail!];
    expect(new Set(parts.map(({ x, width }) => `${x} ${width}`)).size).toBe(1);
    parts
      .slice(1)
      .forEach(({ y }, i) => expect(y).toBeGreaterThanOrEqual(parts[i].y + parts[i].height));
    expect(layout.height).toBeGreaterThanOrEqual(layout.detail!.y + layout.detail!.height);
  });

  it.each([
    [1, 28],
    [16, 224],
    [128, 384],
    [2048, 400],
  ])('gives %d units %d pixels', (units, height) => expect(mapHeight(units)).toBe(height));

  it('has a lane for each channel and none without input', () => {
    expect(layout.lanes.length).toBe(2);
    expect(figureLayout(700, 16, 0, false)).toMatchObject({ lanes: [], detail: null });
  });
});

describe('what lies under a point', () => {
  it.each([0, 7, 511, 999])('finds step %d and its row again from its place', (offset) => {
    const row = offset % 128;
    const x = xOf(layout, window, 1000 + offset) + 0.3;
    const y = yOf(layout, window, row) + 0.5;
    expect(hit(layout, window, 128, x, y)).toEqual({ step: 1000 + offset, row });
  });

  it('is a step without a row above and below the map', () => {
    const x = layout.map.x + layout.map.width / 2;
    expect(hit(layout, window, 128, x, layout.lanes[0].y + 1)).toEqual({ step: 1500, row: null });
    expect(hit(layout, window, 128, x, layout.detail!.y + 1)).toEqual({ step: 1500, row: null });
  });

  it('is nothing outside', () => {
    expect(hit(layout, window, 128, layout.map.x + layout.map.width + 1, layout.map.y)).toBeNull();
    expect(hit(layout, window, 128, 2, layout.map.y)).toBeNull();
  });
});
