import { describe, expect, it } from 'vitest';
import type { Plane } from '../../wire';
import { decode } from './answer';
import { pictureOf } from './pictures';
import { reachOf, rungOf } from './reach';
import { intervalWords, numberWords, rangeWords, whenWords } from './words';

const HEADER = {
  check: 'baseline',
  verdict: 'pass',
  sentence: 'Better.',
  next: 'Go on.',
  numbers: [
    { name: 'gain', value: 0.21, low: 0.15, high: 0.27, unit: '' },
    { name: 'nothing', value: null, low: null, high: null, unit: '%' },
    { name: 'endless', value: 'inf', low: '-inf', high: 'inf', unit: 'steps' },
  ],
  items: [
    { name: 'a', verdict: 'fail', sentence: 's', next: 'n', picture: 0 },
    { name: 'b', verdict: 'splendid', sentence: 's', next: '', picture: 7 },
  ],
  settings: [['steps', '2000'], ['seed', 3], 'not a pair'],
  pictures: [
    {
      kind: 'lines',
      title: 'Loss',
      x_label: 'step',
      y_label: 'loss',
      log_x: false,
      log_y: true,
      references: [
        { name: 'pass', value: 0.9 },
        { name: 'none', value: null },
      ],
      lines: [{ name: 'own labels', plane: '0/0', labels: null }],
      grid: null,
      extent: null,
    },
  ],
};

describe('decode', () => {
  const read = decode(HEADER);

  it('reads what is there', () => {
    expect([read.check, read.verdict, read.sentence, read.next]).toEqual([
      ...['baseline', 'pass', 'Better.', 'Go on.'],
    ]);
    expect(read.settings).toEqual([
      ['steps', '2000'],
      ['seed', '3'],
    ]);
    expect(read.pictures[0].references).toEqual([{ name: 'pass', value: 0.9 }]);
  });

  it('reads the names of infinities, and null as not known', () => {
    expect(read.numbers[1].value).toBeNaN();
    const { value, low, high } = read.numbers[2];
    expect([value, low, high]).toEqual([Infinity, -Infinity, Infinity]);
  });

  it('does not know verdicts and pictures of a later version', () => {
    expect(read.items[1]).toMatchObject({ verdict: 'unknown', picture: null });
    expect(read.items[0].picture).toBe(0);
    expect(decode({ pictures: [{ kind: 'hologram' }] }).pictures[0].kind).toBeNull();
  });

  it.each([
    [{}],
    [{ items: null, numbers: 'many', pictures: {}, settings: 4 }],
    [{ items: [null, 3, []], numbers: [[]], pictures: [null], verdict: {} }],
  ])('reads %j as nothing', (header) => {
    expect(decode(header)).toMatchObject({
      verdict: 'unknown',
      items: [],
      numbers: [],
      pictures: [],
      settings: [],
    });
  });
});

function plane(rows: readonly string[] | null, values: number[][], over: Partial<Plane> = {}) {
  const shape = [values.length, values[0]?.length ?? 0];
  const data = Float64Array.from(values.flat());
  return { name: '0/0', shape, rows, data, damaged: null, ...over } satisfies Plane;
}

function drawn(kind: string, planes: readonly Plane[], over: object = {}) {
  const [header] = decode({ pictures: [{ ...HEADER.pictures[0], kind, ...over }] }).pictures;
  return pictureOf(header, new Map(planes.map((one) => [one.name, one])), 'light');
}

describe('pictureOf', () => {
  it('takes the rows by their names', () => {
    const { drawing } = drawn('lines', [
      plane(['x', 'y', 'low', 'high'], [[1, 2], [3, 4], [2, 3], [4, 5]]), // prettier-ignore
    ]);
    if (drawing.kind !== 'plot') throw new Error(drawing.kind);
    const [line] = drawing.input.lines;
    expect([line.x, line.y, line.low, line.high].map((row) => [...row!])).toEqual([
      [1, 2],
      [3, 4],
      [2, 3],
      [4, 5],
    ]);
  });

  it.each([
    [
      'a damaged plane',
      [plane(['x', 'y'], [[1], [1]], { damaged: 'the checksum does not match' })],
    ],
    ['no plane', []],
    ['rows without names', [plane(null, [[1], [1]])]],
    ['nothing finite', [plane(['x', 'y'], [[1], [NaN]])]],
  ])('says why nothing is drawn of %s', (_, planes) => {
    const { drawing } = drawn('lines', planes);
    expect(drawing.kind).toBe('none');
  });

  it('draws the lines that are whole beside one that is not', () => {
    const lines = ['0/0', '0/1'].map((name) => ({ name, plane: name, labels: null }));
    const { drawing, damage } = drawn(
      'lines',
      [
        plane(['x', 'y'], [[1, 2], [3, 4]]), // prettier-ignore
        plane(['x', 'y'], [[1], [1]], { name: '0/1', damaged: 'cut short' }),
      ],
      { lines },
    );
    expect(drawing.kind).toBe('plot');
    expect(damage).toEqual(['0/1: cut short']);
  });

  it('puts intervals of one name into one row, in the order of the list', () => {
    const lines = ['0/0', '0/1'].map((name) => ({ name, plane: name, labels: ['easy', 'hard'] }));
    const rows = ['x', 'y'];
    const { drawing } = drawn(
      'intervals',
      [
        plane(rows, [[0.9, 0.5], [0, 1]]), // prettier-ignore
        plane(rows, [[0.8, 0.4], [0, 1]], { name: '0/1' }), // prettier-ignore
      ],
      { lines },
    );
    if (drawing.kind !== 'forest') throw new Error(drawing.kind);
    const { forest } = drawing;
    expect(forest.rows.map(({ label, marks }) => [label, marks.map(({ value }) => value)])).toEqual(
      [
        ['easy', [0.9, 0.8]],
        ['hard', [0.5, 0.4]],
      ],
    );
    expect(forest.references).toEqual([{ value: 0.9, label: 'pass' }]);
  });

  it('draws a grid, with the places of its cells where none are given', () => {
    const cells = plane(null, [[1, 2, 3], [4, 5, 6]]); // prettier-ignore
    const over = { grid: '0/0', extent: null };
    const { drawing } = drawn('heat', [cells], over);
    if (drawing.kind !== 'heat') throw new Error(drawing.kind);
    expect(drawing.input).toMatchObject({ rows: 2, columns: 3, extent: [0, 3, 0, 2] });
    expect(drawn('heat', [{ ...cells, damaged: 'cut' }], over).damage).toEqual(['cut']);
    expect(drawn('heat', [], over).drawing.kind).toBe('none');
  });

  it('knows no kinds of a later version', () => {
    expect(drawn('hologram', []).drawing.kind).toBe('none');
  });
});

describe('the reach of a ladder', () => {
  const ladder = (value: unknown) =>
    decode({ check: 'memory_ladder', numbers: [{ name: 'reach', value }] });
  const labels = ['the last value', '1 steps back', '1,024 steps back', 'the mean of 4 values'];

  it.each([
    [1, 1],
    [1024, 2],
    [0, 0],
    [2, null],
    [4, null],
    [-1, null],
  ])('of %i is marked at row %s', (reach, row) => {
    expect(reachOf(ladder(reach))).toBe(reach);
    expect(rungOf(reach, labels)).toBe(row);
  });

  it('is not known where nothing was learned, or in another check', () => {
    expect(reachOf(ladder(null))).toBeNull();
    expect(reachOf(decode({ ...HEADER, check: 'baseline' }))).toBeNull();
    expect(rungOf(0, [])).toBeNull();
  });
});

describe('words', () => {
  it.each([
    [0.9312, '', '0.931'],
    [2000, 'steps', '2,000 steps'],
    [-3, '', '−3'],
    [12.345, '%', '12.3 %'],
    [NaN, '%', 'n/a'],
    [Infinity, 'steps', '+∞ steps'],
    [1.5e-9, '', '1.50e−9'],
  ])('says %f %s as %s', (value, unit, words) => {
    expect(numberWords({ value, unit })).toBe(words);
  });

  it('says an interval where there is one', () => {
    expect(intervalWords({ low: 0.15, high: 0.27 })).toBe('0.15 to 0.27');
    expect(intervalWords({ low: NaN, high: NaN })).toBeNull();
    expect(rangeWords(0, Infinity)).toBe('[0, +∞]');
    expect(rangeWords(NaN, NaN)).toBe('');
  });

  it('says when, with the year where it is another', () => {
    const at = new Date(2026, 10, 21, 7, 5).getTime();
    expect(whenWords(at / 1000, at)).toBe('21 Nov, 07:05');
    expect(whenWords(at / 1000, new Date(2027, 1, 1).getTime())).toBe('21 Nov 2026, 07:05');
    expect(whenWords(NaN, at)).toBe('');
  });
});
