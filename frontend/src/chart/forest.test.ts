import { describe, expect, it } from 'vitest';
import {
  forestDomain,
  forestLayout,
  forestMarkY,
  forestRowAt,
  forestSpan,
  type Forest,
  type ForestRow,
} from './forest';

function row(value: number, low = value - 0.1, high = value + 0.1, muted = false): ForestRow {
  return { label: 'a', marks: [{ value, low, high, look: 0 }], text: 'x', note: 'y', muted };
}

function forest(rows: readonly ForestRow[], more: Partial<Forest> = {}): Forest {
  const looks = [{ name: 'model', colour: '#000', hollow: false }];
  return { rows, looks, references: [], axis: 'AUROC', ...more };
}

describe('the axis', () => {
  it('holds every interval and reference, with a little room', () => {
    const [low, high] = forestDomain(
      forest([row(0.5), row(0.9)], { references: [{ value: 0, label: 'as good' }] }),
    );
    expect(low).toBeCloseTo(-0.04, 6);
    expect(high).toBeCloseTo(1.04, 6);
  });
  it('ends where values can not go on', () => {
    expect(forestDomain(forest([row(0.95)], { limits: [0, 1] }))[1]).toBe(1);
  });
  it('does not stretch for what is muted, unless all are', () => {
    const wide = row(0.5, -40, 40, true);
    expect(forestDomain(forest([row(0.5), wide]))[1]).toBeLessThan(1);
    expect(forestDomain(forest([wide]))[1]).toBeGreaterThan(40);
  });
  it('leaves one that is far outside the others to an arrow', () => {
    const many = Array.from({ length: 20 }, (_, i) => row(0.5 + i / 100));
    const [low] = forestDomain(forest([...many, row(-50)]));
    expect(low).toBeGreaterThan(0.3);
  });
  it.each([
    ['nothing', []],
    ['only what is not defined', [row(NaN)]],
    ['one value without an interval', [row(3, NaN, NaN)]],
    ['zero alone', [row(0, 0, 0)]],
    ['infinity', [row(Infinity, 0, Infinity), row(1)]],
  ])('of %s has two ends', (_, rows) => {
    const [low, high] = forestDomain(forest(rows));
    expect(Number.isFinite(low) && Number.isFinite(high) && low < high).toBe(true);
  });
});

describe('a mark', () => {
  const layout = forestLayout(forest([row(0.5), row(0.9)]), 1000);
  it('lies where the axis says', () => {
    const span = forestSpan(layout, { value: 0.5, low: 0.4, high: 0.6 })!;
    expect(span.at).toBeCloseTo(layout.x.forward(0.5), 6);
    expect(span.from).toBeLessThan(span.at!);
    expect(span.beyond).toEqual({ left: false, right: false });
  });
  it('that reaches beyond the axis stops there and says so', () => {
    const span = forestSpan(layout, { value: 0.5, low: -9, high: 9 })!;
    expect([span.from, span.to]).toEqual([layout.plot.x, layout.plot.x + layout.plot.width]);
    expect(span.beyond).toEqual({ left: true, right: true });
  });
  it('wholly beyond has an arrow and no dot', () => {
    const span = forestSpan(layout, { value: 50, low: 49, high: 51 })!;
    expect(span.at).toBeNull();
    expect(span.beyond.right).toBe(true);
  });
  it('without a value is none, without an interval a dot', () => {
    expect(forestSpan(layout, { value: NaN, low: NaN, high: NaN })).toBeNull();
    const span = forestSpan(layout, { value: 0.7, low: NaN, high: NaN })!;
    expect([span.from, span.to]).toEqual([span.at, span.at]);
  });
});

describe('the layout', () => {
  it.each([300, 400, 800, 2500])('at %i pixels keeps its parts inside and apart', (width) => {
    const { labels, plot, text, notes, stacked } = forestLayout(forest([row(1), row(2)]), width);
    expect(plot.width).toBeGreaterThan(100);
    expect(plot.x + plot.width).toBeLessThanOrEqual(width);
    const parts = [labels, ...(stacked ? [] : [plot]), text!, ...(notes ? [notes] : [])];
    for (const [i, part] of parts.entries()) {
      expect(part.x + part.width).toBeLessThanOrEqual(parts[i + 1]?.x ?? width);
    }
  });
  it.each([400, 1000])('finds the row under a mark, at %i pixels', (width) => {
    const layout = forestLayout(forest(Array.from({ length: 200 }, () => row(1))), width);
    for (const at of [0, 17, 199]) {
      expect(forestRowAt(layout, forestMarkY(layout, at, 0, 1))).toBe(at);
    }
    expect(forestRowAt(layout, layout.plot.y - 1)).toBeNull();
    expect(forestRowAt(layout, layout.plot.y + layout.plot.height + 1)).toBeNull();
  });
});
