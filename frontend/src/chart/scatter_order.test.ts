import { describe, expect, it } from 'vitest';
import { ascending, ranks } from './scatter_order';

describe('ascending', () => {
  it.each([
    ['mixed signs', [3, -1, 0, 2.5, -7], [4, 1, 2, 3, 0]],
    ['infinities', [Infinity, 0, -Infinity], [2, 1, 0]],
    ['no NaN', [NaN, 2, NaN, 1], [3, 1]],
    ['equal ones as they were, -0 and 0 too', [0, -0, 1, 1, 0], [0, 1, 4, 2, 3]],
    ['nothing', [], []],
    ['tiny ones', [1e-45, -1e-45, 0], [1, 2, 0]],
  ])('sorts %s', (_, values, order) => {
    expect([...ascending(Float32Array.from(values))]).toEqual(order);
  });

  it('agrees with the sort of the language', () => {
    const values = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * i) * 10 ** (i % 9));
    const sorted = Float32Array.from(values).sort();
    expect(Float32Array.from(ascending(values), (place) => values[place])).toEqual(sorted);
  });

  it('sorts a part of a buffer', () => {
    const values = new Float32Array([9, 9, 3, 1, 2]).subarray(2);
    expect([...ascending(values)]).toEqual([1, 2, 0]);
  });
});

describe('ranks', () => {
  it('are shares of the values below, ties in the middle', () => {
    const found = ranks(Float32Array.from([5, 1, 1, NaN, 9]));
    [0.625, 0.25, 0.25, NaN, 0.875].forEach((rank, i) => expect(found[i]).toBe(rank));
  });
});
