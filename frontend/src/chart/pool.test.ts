import { describe, expect, it } from 'vitest';
import { colourTables } from './colour_scale';
import { columnsOf, type Picture } from './heatmap_picture';
import { exponentFor, pooledRows, poolRows, timeLevels } from './pool';
import { envelope, extent } from './pool_line';

/** Units around 0 (code 130) with scale -1 .. 1. */
function picture(rows: readonly (readonly number[])[]): Picture {
  const filled = (value: number) => new Float64Array(rows.length).fill(value);
  return {
    units: rows.length,
    steps: rows[0].length,
    stride: 1,
    codes: Uint8Array.from(rows.flat()),
    low: filled(-1),
    high: filled(1),
    mean: filled(0),
  };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What level `l` must show in each cell, by looking at every cell it covers. */
function slowLevel(row: readonly number[], exponent: number): number[] {
  const weight = (code: number): number =>
    code === 0 ? -1 : code === 1 ? 1e9 : code < 4 ? 1e8 : code === 4 ? 0 : Math.abs(code - 130);
  const count = Math.max(1, row.length >> exponent);
  return Array.from({ length: count }, (_, i) => {
    const end = i === count - 1 ? row.length : (i + 1) << exponent;
    const cells = row.slice(i << exponent, end);
    return cells.reduce((best, code) => (weight(code) > weight(best) ? code : best));
  });
}

describe('levels along time', () => {
  it.each([64, 129, 1000, 1025])('of %d steps keep the cell furthest from the mean', (steps) => {
    const next = random(steps);
    const rows = [0, 1, 2].map(() => Array.from({ length: steps }, () => Math.floor(256 * next())));
    const levels = timeLevels(picture(rows));
    levels.forEach(({ columns, codes }, exponent) => {
      rows.forEach((row, unit) => {
        const shown = [...codes.slice(unit * columns, (unit + 1) * columns)];
        const weights = (list: number[]) =>
          list.map((code) => Math.abs(code - 130) * Number(code > 4));
        const expected = slowLevel(row, exponent);
        // Ties, of either side of the mean or of the infinities, may fall either way.
        const special = (code: number) => (code === 2 ? 3 : Math.min(code, 5));
        expect(weights(shown)).toEqual(weights(expected));
        expect(shown.map(special)).toEqual(expected.map(special));
      });
    });
  });

  it('let NaN win over everything, and masked cells lose to everything', () => {
    const row = new Array<number>(64).fill(0);
    row[10] = 255;
    row[11] = 1;
    row[20] = 4;
    row[30] = 3;
    row[31] = 255;
    const { codes } = timeLevels(picture([row]))[1];
    expect([codes[5], codes[10], codes[15], codes[0]]).toEqual([1, 4, 3, 0]);
  });

  it('of a unit without any finite cell still show its NaNs', () => {
    const row = new Array<number>(64).fill(0);
    row[63] = 1;
    const broken = { ...picture([row]), mean: [NaN], low: [0], high: [0] };
    expect(timeLevels(broken)[1].codes[31]).toBe(1);
  });
});

describe('the level for a zoom', () => {
  it.each([
    [0.2, 0],
    [1, 0],
    [1.01, 1],
    [2, 1],
    [3.41, 2],
    [99, 5],
  ])('%d cells a pixel need exponent %d of at most 5', (cells, exponent) => {
    expect(exponentFor(cells, 5)).toBe(exponent);
  });
});

describe('rows that share a pixel', () => {
  it('show the cell that stands out furthest; masked ones only where all are masked', () => {
    const shown = picture([
      [130, 140, 0, 0, 255],
      [131, 10, 4, 0, 1],
      [132, 135, 130, 0, 3],
    ]);
    const tables = colourTables(shown, { kind: 'diverging', limit: 1 });
    const level = { columns: columnsOf(shown), codes: shown.codes };
    const pooled = poolRows(level, [2, 0, 1], 3, tables);
    const colour = (unit: number, code: number) => tables.colours[256 * unit + code];
    expect(pooledRows(3, 3)).toBe(1);
    expect([...pooled]).toEqual([colour(2, 132), colour(1, 10), colour(2, 130), 0, 1]);
  });

  it('leave no thin row behind: the last takes the rest', () => {
    expect([pooledRows(7, 2), pooledRows(1, 8), pooledRows(2048, 8)]).toEqual([3, 1, 256]);
    const rows = Array.from({ length: 7 }, (_, unit) => [unit === 6 ? 255 : 130]);
    const shown = picture(rows);
    const tables = colourTables(shown, { kind: 'diverging', limit: 1 });
    const pooled = poolRows({ columns: 1, codes: shown.codes }, [0, 1, 2, 3, 4, 5, 6], 2, tables);
    expect(pooled[2]).toBe(tables.colours[6 * 256 + 255]);
    expect(pooled.length).toBe(3);
  });
});

describe('the envelope of a line', () => {
  it('keeps the least and the greatest value under each pixel', () => {
    const series = Float32Array.from({ length: 4096 }, (_, t) => Math.sin(t / 50));
    series[1234] = 9;
    series[3000] = -9;
    const { low, high } = envelope(series, 0, 4096, 300);
    for (let x = 0; x < 300; x++) {
      const cells = [...series].filter((_, t) => Math.floor((t + 0.5) * (300 / 4096)) === x);
      expect([low[x], high[x]]).toEqual([Math.min(...cells), Math.max(...cells)]);
    }
  });
  it('leaves a gap where nothing is finite', () => {
    const { low } = envelope([1, NaN, 3], 0, 3, 3);
    expect([...low]).toEqual([1, NaN, 3]);
  });
  it('has the extent of its finite values', () => {
    expect(extent([NaN, 2, -1, Infinity])).toEqual([-1, 2]);
    expect(extent([NaN])).toBeNull();
  });
});
