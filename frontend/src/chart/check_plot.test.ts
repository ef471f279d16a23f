import { describe, expect, it } from 'vitest';
import { lineLook } from './check_colours';
import { drawable, outside, plotHit, plotLayout, readAt, type PlotInput } from './check_plot';

function line(name: string, x: number[], y: number[], half: number | null = null, place = 0) {
  const around = (by: number): Float64Array => Float64Array.from(y, (value) => value + by);
  return {
    name,
    ...lineLook(place, 'light'),
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    low: half === null ? null : around(-half),
    high: half === null ? null : around(half),
  };
}

function input(over: Partial<PlotInput> = {}): PlotInput {
  return {
    kind: 'lines',
    xLabel: 'step',
    yLabel: 'R2',
    references: [],
    logX: false,
    logY: false,
    lines: [line('held-out', [0, 100, 200], [0, 0.5, 1], 0.1)],
    ...over,
  };
}

describe('plotLayout', () => {
  it('goes from edge to edge in x, with room for intervals and references in y', () => {
    const of = input({ references: [{ name: 'chance', value: -2 }] });
    const { plot, x, y } = plotLayout(of, 600);
    expect(x.scale.forward(0)).toBe(plot.x);
    expect(x.scale.forward(200)).toBe(plot.x + plot.width);
    expect(y.scale.low).toBeLessThan(-2);
    expect(y.scale.high).toBeGreaterThan(1.1);
  });

  it('stands bars on zero', () => {
    const bars = input({ kind: 'bars', lines: [line('n', [0, 1, 2], [7, 9])] });
    const { plot, y } = plotLayout(bars, 600);
    expect(y.scale.forward(0)).toBe(plot.y + plot.height);
    const below = input({ kind: 'bars', lines: [line('n', [0, 1, 2], [-7, 9])] });
    expect(plotLayout(below, 600).y.scale.low).toBeLessThan(-7);
  });

  it('moves the words of close references apart, each above its line where there is room', () => {
    const names = ['pass', 'partial', 'trivial', 'chance'];
    const references = names.map((name, i) => ({ name, value: 0.5 + i * 0.001 }));
    const { references: placed, plot } = plotLayout(input({ references }), 600);
    const heights = placed.map(({ wordsY }) => wordsY);
    for (let i = 1; i < heights.length; i++) {
      expect(heights[i - 1] - heights[i]).toBeGreaterThanOrEqual(12);
    }
    expect(Math.min(...heights)).toBeGreaterThan(plot.y);
    const [far] = plotLayout(input({ references: [{ name: 'a', value: 0.2 }] }), 600).references;
    expect(far.wordsY).toBeLessThan(far.y);
  });

  it.each([0, 30])('keeps the words of references near %d inside of the plot', (level) => {
    const references = [0, 1, 2, 3].map((i) => ({ name: 'a', value: level + i * 0.001 }));
    const bars = input({ kind: 'bars', lines: [line('n', [0, 1], [29])], references });
    const { references: placed, plot } = plotLayout(bars, 600);
    for (const { wordsY } of placed) {
      expect(wordsY).toBeGreaterThan(plot.y);
      expect(wordsY).toBeLessThan(plot.y + plot.height);
    }
  });

  it.each([0, 10, 300])('keeps a plot at %i pixels', (width) => {
    expect(plotLayout(input(), width).plot.width).toBeGreaterThan(0);
  });
});

describe('plotHit', () => {
  it('reads every line that has a point at the nearest place', () => {
    const two = input({
      lines: [line('a', [0, 100, 200], [1, 2, 3]), line('b', [0, 200], [5, 6], null, 1)],
    });
    const layout = plotLayout(two, 600);
    const at = (x: number) => plotHit(two, layout, layout.x.scale.forward(x), 50)!.readings;
    expect(at(90).map(({ line: { name }, y }) => [name, y])).toEqual([['a', 2]]);
    expect(at(199).map(({ y }) => y)).toEqual([3, 6]);
    expect(plotHit(two, layout, 2, 50)).toBeNull();
    expect(plotHit(two, layout, 300, layout.height)).toBeNull();
  });

  it('is nearest on the screen where the axis is logarithmic', () => {
    const log = input({ logX: true, lines: [line('a', [0, 1, 100], [1, 2, 3])] });
    const layout = plotLayout(log, 600);
    const of = (x: number) => plotHit(log, layout, layout.x.scale.forward(x), 50)!.readings[0].y;
    expect([of(8), of(12)]).toEqual([2, 3]);
  });

  it('reads a bar with its edges, and the interval of a point', () => {
    const bars = input({ kind: 'bars', lines: [line('n', [0, 10, 20], [7, 9])] });
    const [bar] = readAt(bars, plotLayout(bars, 600), 1).readings;
    expect([bar.from, bar.to, bar.y]).toEqual([10, 20, 9]);
    const [point] = readAt(input(), plotLayout(input(), 600), 1).readings;
    expect([point.low, point.high]).toEqual([0.4, 0.6]);
  });
});

describe('what has no place', () => {
  it.each([
    ['a zero on a log axis', { logY: true }, [1, 0, 2], true],
    ['an infinity', {}, [1, Infinity, 2], true],
    ['NaN alone', {}, [1, NaN, 2], false],
    ['nothing', {}, [1, 1.5, 2], false],
  ])('says whether %s lies outside', (_, over, y, expected) => {
    const of = input({ ...over, lines: [line('a', [0, 1, 2], y)] });
    expect(outside(of, plotLayout(of, 0))).toBe(expected);
  });

  it('can tell that nothing can be drawn', () => {
    expect(drawable(input())).toBe(true);
    expect(drawable(input({ lines: [line('a', [0, 1], [NaN, Infinity])] }))).toBe(false);
    expect(drawable(input({ lines: [line('a', [0, -1], [1, 1])], logX: true }))).toBe(false);
  });
});

describe('lineLook', () => {
  it.each(['light', 'dark'] as const)('tells 18 lines apart in the %s theme', (theme) => {
    const looks = Array.from({ length: 18 }, (_, i) => JSON.stringify(lineLook(i, theme)));
    expect(new Set(looks).size).toBe(18);
  });
});
