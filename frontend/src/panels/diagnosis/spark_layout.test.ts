import { describe, expect, it } from 'vitest';
import type { Picture } from './answer';
import { peakPoints } from './loss_points';
import { layoutSpark } from './spark_layout';

const SIZE = { width: 106, height: 56 };
const NONE = { threshold: null, onset: null, now: null };

function line(y: readonly number[], log = false): Picture {
  return { kind: 'line', x: y.map((_, i) => 10 * i), y, log, yTitle: '' };
}

describe('a line of evidence', () => {
  it('fills its box, the greatest on top', () => {
    expect(layoutSpark(line([0, 1, 0.5]), NONE, SIZE).line).toBe('M3 53L53 3L103 28');
  });

  it('goes by decades where its axis is logarithmic', () => {
    const { line: path, range } = layoutSpark(line([1, 10, 100], true), NONE, SIZE);
    expect(path).toBe('M3 53L53 28L103 3');
    expect(range).toEqual([1, 100]);
  });

  it('is broken where nothing is known, and a point alone is a dot', () => {
    const spark = layoutSpark(line([0, 1, NaN, 1, NaN, 0, 0]), NONE, SIZE);
    expect(spark.line.match(/M/g)).toHaveLength(2);
    expect(spark.dots).toHaveLength(1);
    // Zero has no logarithm.
    expect(layoutSpark(line([0, 10, 1], true), NONE, SIZE).line).toBe('M53 3L103 53');
  });

  it('shows a threshold that is near, and none that would flatten the line', () => {
    const at = (threshold: number) => layoutSpark(line([0, 1]), { ...NONE, threshold }, SIZE);
    expect(at(0.5).threshold).toBe(28);
    expect(at(2).threshold).toBe(3);
    expect(at(2).line).toBe('M3 53L103 28');
    expect(at(50).threshold).toBeNull();
    expect(at(NaN).threshold).toBeNull();
  });

  it('marks the steps within it', () => {
    const spark = layoutSpark(line([0, 1, 0.5]), { threshold: null, onset: 10, now: 40 }, SIZE);
    expect([spark.onset, spark.now]).toEqual([53, null]);
  });

  it('of nothing but gaps is empty', () => {
    const spark = layoutSpark(line([NaN, NaN]), { threshold: 1, onset: 0, now: 0 }, SIZE);
    expect(spark).toMatchObject({ line: '', dots: [], bars: [], threshold: null, range: null });
  });
});

it('bars stand on zero between their edges', () => {
  const picture: Picture = { kind: 'bars', x: [0, 1, 4], y: [2, 1], log: false, yTitle: '' };
  const { bars } = layoutSpark(picture, { threshold: 1, onset: 1, now: 1 }, SIZE);
  expect(bars).toEqual([
    { x: 3, y: 3, width: 24.5, height: 50 },
    { x: 28, y: 28, width: 74.5, height: 25 },
  ]);
});

it('a long curve keeps its spikes and its gaps in few points', () => {
  const values = new Float64Array(1000).fill(1);
  [values[500], values[600], values[700]] = [50, -50, NaN];
  const { x, y } = peakPoints(
    Array.from(values, (_, i) => i),
    values,
    100,
  );
  expect(x.length).toBeLessThanOrEqual(101);
  expect([y[x.indexOf(500)], y[x.indexOf(600)]]).toEqual([50, -50]);
  expect(y.some(Number.isNaN)).toBe(true);
  expect([...x]).toEqual([...x].sort((a, b) => a - b));
});
