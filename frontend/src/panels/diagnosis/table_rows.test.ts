import { describe, expect, it } from 'vitest';
import { decode } from './answer';
import example from './example.json';
import { byGravity } from './runs_order';
import { countWords } from './severity';
import { atLeast, rowsOf, sorted } from './table_rows';
import type { Sorting } from './table_rows';

const relu = decode(example)!;
const other = decode({
  ...example,
  run: 'a',
  findings: [
    { id: 0, rule: 'x', title: 'Zero', severity: 'ERROR', layer: 'conv_10', first_step: 3 },
    { id: 1, rule: 'y', title: 'Alpha', severity: 'WARNING', layer: null, first_step: null },
  ],
})!;
const rows = rowsOf([relu, other]);

function shown(sorting: Sorting): string[] {
  return sorted(rows, sorting).map(({ run, finding }) => `${run} ${finding.id}`);
}

describe('rows of all findings', () => {
  it('come as their diagnoses have them, and know how far their cause is', () => {
    expect(rows.map(({ depth }) => depth)).toEqual([0, 1, 2, 1, 1, 0, 0, 0]);
  });

  it.each<[string, Sorting, string[]]>([
    [
      'the gravest first',
      { column: 'severity', descending: true },
      ['relu-dead 0', 'relu-dead 1', 'relu-dead 3', 'a 0', 'relu-dead 2'],
    ],
    [
      'the earliest first',
      { column: 'step', descending: false },
      ['a 0', 'relu-dead 0', 'relu-dead 1', 'relu-dead 3', 'relu-dead 2'],
    ],
    ['runs by name', { column: 'run', descending: false }, ['a 0', 'a 1', 'relu-dead 0']],
    [
      'layer2 before layer10',
      { column: 'layer', descending: false },
      ['relu-dead 3', 'relu-dead 5', 'relu-dead 0', 'relu-dead 1', 'a 0', 'relu-dead 2'],
    ],
    ['rules by title', { column: 'rule', descending: false }, ['a 1', 'relu-dead 2']],
  ])('sort with %s', (_, sorting, expected) => {
    expect(shown(sorting).slice(0, expected.length)).toEqual(expected);
  });

  it('without a step or a layer stand last either way', () => {
    for (const descending of [false, true]) {
      expect(shown({ column: 'step', descending }).slice(-2).sort()).toEqual([
        'a 1',
        'relu-dead 5',
      ]);
      expect(shown({ column: 'layer', descending }).slice(-2).sort()).toEqual([
        'a 1',
        'relu-dead 4',
      ]);
    }
  });

  it.each([
    ['INFO', 8],
    ['WARNING', 7],
    ['ERROR', 4],
    ['CRITICAL', 1],
  ] as const)('of at least %s are %i', (least, count) => {
    expect(atLeast(rows, least)).toHaveLength(count);
  });
});

describe('runs', () => {
  it('stand with the gravest first, equals as they were, unknown ones last', () => {
    const well = { ...relu, severity: null };
    const found = byGravity([
      { name: 'waiting', diagnosis: null },
      { name: 'well', diagnosis: well },
      { name: 'b', diagnosis: other },
      { name: 'relu', diagnosis: relu },
      { name: 'noted', diagnosis: { ...relu, severity: 'INFO' as const } },
    ]);
    expect(found.map(({ name }) => name)).toEqual(['b', 'relu', 'noted', 'well', 'waiting']);
  });

  it('are counted in words', () => {
    expect(countWords(relu.counts)).toBe('1 critical, 2 errors, 2 warnings, 1 note');
    expect(countWords(new Map())).toBe('');
  });
});
