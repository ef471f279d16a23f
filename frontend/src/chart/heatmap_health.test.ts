import { describe, expect, it } from 'vitest';
import {
  HEALTHS,
  healthCounts,
  healthOrder,
  healthTitle,
  stripShares,
  unitHealth,
  unitMeasures,
  type UnitHealth,
} from './heatmap_health';
import { fillStrip, stripEnds } from './heatmap_strip';

const ROWS = ['count', 'nan', 'positive_infinity', 'min', 'max', 'constant'];

function measured(...units: readonly (readonly number[])[]) {
  const data = ROWS.flatMap((_, row) => units.map((unit) => unit[row]));
  return unitMeasures(data, ROWS, units.length);
}

describe('the health of a unit', () => {
  it.each<[string, number[], UnitHealth]>([
    ['only zeros', [100, 0, 0, 0, 0, 1], 'dead'],
    ['one value other than zero', [100, 0, 0, 0, 1e-30, 0.75], 'active'],
    ['the same value throughout every example', [100, 0, 0, 2, 2, 1], 'constant'],
    ['constant in every example, at another value in each', [100, 0, 0, 1, 3, 1], 'constant'],
    ['constant in three of four examples', [100, 0, 0, 1, 3, 0.75], 'active'],
    ['a NaN among zeros', [99, 1, 0, 0, 0, 0.75], 'nonfinite'],
    ['an infinity', [99, 0, 1, 2, 2, 1], 'nonfinite'],
    ['no finite cell at all', [0, 0, 0, NaN, NaN, 0], 'active'],
  ])('%s', (_, unit, health) => {
    expect(unitHealth(measured(unit))).toEqual([health]);
  });
});

describe('the title', () => {
  const counts = (nonfinite: number, dead: number, constant: number, active: number) => ({
    nonfinite,
    dead,
    constant,
    active,
  });
  it.each([
    [counts(0, 0, 128, 0), 'time', '128 of 128 units constant over time, 0 active'],
    [counts(0, 12, 4, 0), 'time', '12 of 16 units dead, 4 constant over time, 0 active'],
    [counts(1, 2, 0, 5), 'time', '1 of 8 units with NaN or infinity, 2 dead, 5 active'],
    [counts(0, 0, 3, 1), 'example', '3 of 4 units the same for every example, 1 active'],
    [counts(0, 0, 0, 64), 'time', 'All 64 units active'],
    [counts(0, 1, 0, 0), 'time', '1 of 1 unit dead, 0 active'],
    [counts(0, 0, 0, 1), 'space', 'The one unit is active'],
  ] as const)('of %j along %s', (of, axis, title) => expect(healthTitle(of, axis)).toBe(title));
});

describe('order by health', () => {
  it('puts broken, dead and constant units first, then the liveliest', () => {
    const health: UnitHealth[] = ['active', 'constant', 'active', 'dead', 'nonfinite', 'dead'];
    expect(healthOrder(health, [1, 0, 5, 0, NaN, 0])).toEqual([4, 3, 5, 1, 2, 0]);
    expect(healthCounts(health)).toEqual({ nonfinite: 1, dead: 2, constant: 1, active: 2 });
  });
});

describe('the strip', () => {
  const health: UnitHealth[] = ['dead', 'active', 'constant', 'active'];
  const kinds = HEALTHS.length;
  const at = (shares: Float32Array, y: number) => [...shares.slice(y * kinds, (y + 1) * kinds)];

  it('shows one health for each row that has a pixel', () => {
    const shares = stripShares(health, [3, 2, 1, 0], 0, 4, 8);
    expect(at(shares, 0)).toEqual([0, 0, 0, 1]);
    expect(at(shares, 3)).toEqual([0, 0, 1, 0]);
    expect(at(shares, 7)).toEqual([0, 1, 0, 0]);
  });

  it('shows shares where rows share a pixel', () => {
    expect(at(stripShares(health, [0, 1, 2, 3], 0, 4, 1), 0)).toEqual([0, 0.25, 0.25, 0.5]);
  });

  it('hides none: the smallest share has a pixel', () => {
    expect(stripEnds([0, 0.001, 0, 0.999], 10)).toEqual([0, 1, 1, 10]);
  });

  it('gives each health a texture, so that colour is not alone', () => {
    const textures = health.slice(0, 3).map((kind) => {
      const out = new Uint32Array(100);
      const shares = stripShares([kind], [0], 0, 1, 10);
      fillStrip(out, 10, 10, shares, 'light', 1);
      return [...out].map((value) => value === out[3]).join();
    });
    expect(new Set(textures).size).toBe(3);
  });
});
