import { describe, expect, it } from 'vitest';
import { cloneSpans, clonesOf, clonesTitle, cloneWords } from './unit_clones';

/** 2 and 5 do the same as 0; 4 as 3; 1 and 6 stand alone. */
const OF = [0, 1, 0, 3, 3, 0, 6];
const clones = clonesOf(OF)!;

describe('clones', () => {
  it('are none where every unit is itself', () => expect(clonesOf([0, 1, 2])).toBeNull());

  it.each([
    [OF, '3 units are clones of 2 others'],
    [[0, 0], 'one unit is a clone of another'],
    [[0, 0, 0], '2 units are clones of another'],
  ])('of %j in words', (of, words) => expect(clonesTitle(clonesOf(of)!)).toBe(words));

  it('are told of the clone, of its original, and of nobody else', () => {
    expect([0, 1, 2, 3, 4].map((unit) => cloneWords(clones, unit))).toEqual([
      ...['units 2, 5', null, 'of unit 0', 'unit 4', 'of unit 3'],
    ]);
    expect(cloneWords(clonesOf([0, 0, 0, 0, 0, 0, 0])!, 0)).toBe('units 1, 2, 3, 4 and 2 more');
  });

  it('are bracketed where their rows touch, and marked one by one where they do not', () => {
    expect(cloneSpans(clones, [5, 0, 2, 3, 4, 1, 6])).toEqual([
      { from: 0, to: 3 },
      { from: 3, to: 5 },
    ]);
    expect(cloneSpans(clones, [0, 1, 2, 3, 6, 4, 5]).map(({ from, to }) => [from, to])).toEqual([
      ...[
        [0, 1],
        [2, 3],
        [3, 4],
        [5, 6],
        [6, 7],
      ],
    ]);
  });
});
