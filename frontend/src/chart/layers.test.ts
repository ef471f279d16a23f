import { describe, expect, it } from 'vitest';
import {
  NAN,
  OVER,
  paletteOf,
  POSITIVE_INFINITY,
  RAMP,
  RAMP_SIZE,
  UNDER,
  ZERO,
} from './colour_palette';
import { fillHeatmap } from './heatmap';
import { groupsOf, layerMap, type LayerRow, type LayerTable } from './layers';
import { decadePlaces } from './layers_bar';
import { layersHit, layersLayout, nameLabels, rowTop, stepTicks } from './layers_layout';
import { decadeScale, scaleAround, shadeOf } from './layers_scale';

const row = (name: string): LayerRow => {
  const [layer, label] = name.split('/');
  return { name, layer, label, kind: label === 'kernel' ? 'matrix' : 'vector' };
};

function table(values: readonly (readonly number[])[]): LayerTable {
  return {
    rows: values.map((_, i) => row(`layer_${i}/kernel`)),
    steps: values[0].map((_, i) => 10 * i),
    values: Float64Array.from(values.flat()),
    broken: new Float64Array(values.flat().length),
  };
}

describe('decades', () => {
  it.each([
    [[0.01, 1], -2, 0],
    [[0.011, 0.5], -2, 0],
    [[3e-5, 2e-3, 40], -5, 2],
    [[1], -1, 1],
    [[1.01], -1, 1],
    [[0, NaN, Infinity], -3, 0],
    [[], -3, 0],
  ])('of %j', (values, low, high) => {
    expect(decadeScale(values)).toEqual({ kind: 'sequential', low, high });
  });

  it('leave the tails out where there would be too many', () => {
    const values = Array.from({ length: 100 }, (_, i) => 10 ** (-4 * (i / 99)));
    expect(decadeScale([...values, 1e30])).toMatchObject({ low: -4, high: 0 });
    expect(decadeScale([...values, 1e30], 40)).toMatchObject({ low: -4, high: 30 });
  });

  it('reach as far to either side of what is usual, three decades at most', () => {
    expect(scaleAround([1e-4, 1e-3], -3)).toEqual({ kind: 'diverging', low: -4, high: -2 });
    expect(scaleAround([1e-9, 1e9], -3)).toEqual({ kind: 'diverging', low: -6, high: 0 });
    expect(shadeOf(scaleAround([1e-4], -3), 1e-3)).toBe(0);
  });

  it('stand on the bar where their colours are', () => {
    const places = decadePlaces({ kind: 'sequential', low: -4, high: 0 }, 9);
    expect(places.map(({ share }) => share)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(places.map(({ label }) => label)).toEqual(['10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '1']);
  });
});

describe('a picture of layers', () => {
  const scale = { kind: 'sequential', low: -4, high: 0 } as const;

  function looks(of: LayerTable): number[] {
    const { map } = layerMap(of, scale);
    return Array.from(map.picture.codes, (code, i) => {
      const unit = Math.floor(i / of.steps.length);
      return map.tables.colours[256 * unit + code];
    });
  }

  it('has equal colour steps for equal ratios', () => {
    const found = looks(table([[1e-4, 1e-3, 1e-2, 1e-1, 1]]));
    expect(found[0]).toBe(RAMP);
    expect(found[4]).toBe(RAMP + RAMP_SIZE - 1);
    for (let i = 0; i < 4; i++) expect(Math.abs(found[i + 1] - found[i] - 62)).toBeLessThan(2);
  });

  it('has a look of its own for what has no logarithm and for what is cut off', () => {
    const odd = table([[0, Infinity, NaN, 1e-9, 1e9, 0.5]]);
    odd.broken[5] = 3;
    expect(looks(odd)).toEqual([ZERO, POSITIVE_INFINITY, 0, UNDER, OVER, NAN]);
  });

  it('keeps a single outbreak visible among cells that share its pixel', () => {
    const quiet = Array.from({ length: 64 }, (_, i) => (i === 37 ? 1 : 1e-3));
    const { map } = layerMap(table([quiet]), scale);
    const out = new Uint32Array(8);
    const window = { from: 0, to: 64, top: 0, bottom: 1 };
    const { pixels } = paletteOf('sequential', 'light');
    fillHeatmap(out, { width: 8, height: 1 }, map, window, pixels);
    expect(Array.from(out, (pixel) => pixel === pixels[RAMP + RAMP_SIZE - 1])).toEqual(
      Array.from(out, (_, x) => x === 4),
    );
  });

  it('groups the rows of a layer', () => {
    const rows = ['a/kernel', 'a/bias', 'b/kernel', 'a/extra'].map(row);
    expect(groupsOf(rows)).toEqual([
      { layer: 'a', from: 0, to: 2 },
      { layer: 'b', from: 2, to: 3 },
      { layer: 'a', from: 3, to: 4 },
    ]);
  });
});

describe('its layout', () => {
  it.each([
    [14, 900],
    [400, 900],
    [3, 320],
  ])('of %d rows in %d pixels finds every row and column again', (rows, width) => {
    const layout = layersLayout(width, rows);
    const { map } = layout;
    for (const r of [0, rows - 1]) {
      const y = (rowTop(map, rows, r) + rowTop(map, rows, r + 1)) / 2;
      expect(layersHit(layout, rows, 30, map.x + 0.5, y)).toEqual({ row: r, column: 0 });
      expect(layersHit(layout, rows, 30, map.x + map.width - 1, y)?.column).toBe(29);
      expect(layersHit(layout, rows, 30, 4, y)).toEqual({ row: r, column: null });
    }
    expect(layersHit(layout, rows, 30, map.x + 1, layout.height - 1)?.row).toBeNull();
    expect(layersHit(layout, rows, 30, width + 9, 40)).toBeNull();
    expect(layout.height).toBeLessThan(520);
  });

  it('writes every name where there is room, and no two over each other where there is not', () => {
    const names = Array.from(
      { length: 400 },
      (_, i) => `layer_${i >> 1}/${i % 2 ? 'bias' : 'kernel'}`,
    );
    const few = names.slice(0, 14).map(row);
    const many = names.map(row);
    const map = (rows: number) => layersLayout(900, rows).map;
    const labels = (rows: readonly LayerRow[]) => rows.map(({ label }) => label);
    expect(nameLabels(map(14), groupsOf(few), labels(few)).rows.length).toBe(14);
    const thin = nameLabels(map(400), groupsOf(many), labels(many));
    expect(thin.rows).toEqual([]);
    expect(thin.layers.length).toBeGreaterThan(20);
    const gaps = thin.layers.slice(1).map(({ y }, i) => y - thin.layers[i].y);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(12);
  });

  it('always names the last step', () => {
    const steps = Array.from({ length: 97 }, (_, i) => i);
    const ticks = stepTicks({ x: 0, y: 0, width: 500, height: 20 }, steps, String);
    expect(ticks[ticks.length - 1].label).toBe('96');
    expect(ticks.length).toBeLessThan(11);
  });
});
