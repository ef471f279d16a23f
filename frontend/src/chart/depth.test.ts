import { describe, expect, it } from 'vitest';
import { depthLayout, depthRowAt, lineRows, type DepthCurve } from './depth';
import type { LayerRow } from './layers';
import { layersLayout, rowTop } from './layers_layout';

const rows: readonly LayerRow[] = ['conv', 'lstm', 'dense'].flatMap((layer) => [
  { name: `${layer}/bias`, layer, label: 'bias', kind: 'vector' },
  { name: `${layer}/kernel`, layer, label: 'kernel', kind: 'matrix' },
]);

function curve(values: readonly number[], broken: readonly number[] = []): DepthCurve {
  return {
    run: 'a',
    step: 3,
    colour: 'red',
    values: Float64Array.from(values),
    broken: Float64Array.from(rows, (_, row) => broken[row] ?? 0),
    age: null,
    focus: true,
    dashed: false,
  };
}

const input = { rows, usual: null, named: false };

describe('curves over depth', () => {
  it('go through the first matrix of each layer, where it has one', () => {
    expect(lineRows(rows)).toEqual([1, 3, 5]);
    expect(lineRows(rows.filter(({ kind }) => kind === 'vector'))).toEqual([0, 1, 2]);
  });

  it('stand beside the rows of the picture, a decade as wide as any other', () => {
    const found = depthLayout({ ...input, curves: [curve([9, 1e-6, 9, 1e-4, 9, 1e-2])] }, 300);
    const map = layersLayout(900, rows.length).map;
    const [path] = found.lines[0].paths;
    expect(path.map(({ row }) => row)).toEqual([1, 3, 5]);
    expect(path[1].x - path[0].x).toBeCloseTo(path[2].x - path[1].x, 6);
    for (const { row, y } of found.lines[0].marks) {
      expect(y).toBeCloseTo((rowTop(map, 6, row) + rowTop(map, 6, row + 1)) / 2, 6);
      expect(depthRowAt(found, rows.length, y)).toBe(row);
    }
    expect(found.lines[0].marks.map(({ hollow }) => hollow)).toEqual(
      rows.map(({ kind }) => kind === 'vector'),
    );
  });

  it('end at zeros and at NaN, which are marked beside the plot, and pass over what is unknown', () => {
    const zero = depthLayout({ ...input, curves: [curve([1, 1, 1, 0, 1, 1])] }, 300).lines[0];
    expect(zero.paths.map(({ length }) => length)).toEqual([1, 1]);
    expect(zero.zeros).toEqual([3]);
    const nan = [0, 0, 0, 2];
    const broken = depthLayout({ ...input, curves: [curve([1, 1, 1, 1, 1, 1], nan)] }, 300);
    expect(broken.lines[0].broken).toEqual([3]);
    expect(broken.lines[0].paths.length).toBe(2);
    expect(broken.brokenLane.width).toBeGreaterThan(0);
    expect(broken.zeroLane.width).toBe(0);
    const unknown = depthLayout({ ...input, curves: [curve([1, 1, 1, NaN, 1, 1])] }, 300);
    expect(unknown.lines[0].paths.map(({ length }) => length)).toEqual([2]);
  });

  it('keep their ticks away from the names of the lanes and from the edges', () => {
    const curves = [curve([0, 1e-9, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1])];
    const { ticks, plot } = depthLayout({ ...input, curves }, 300);
    expect(ticks.length).toBeGreaterThan(2);
    expect(Math.min(...ticks.map(({ x }) => x)) - plot.x).toBeGreaterThanOrEqual(18);
    expect(plot.x + plot.width - Math.max(...ticks.map(({ x }) => x))).toBeGreaterThanOrEqual(18);
  });

  it('show what is usual only near it', () => {
    const near = depthLayout(
      { ...input, usual: -3, curves: [curve([1e-3, 1e-4, 1, 1, 1, 1])] },
      300,
    );
    expect(near.usual!.from).toBeLessThan(near.usual!.x);
    const far = depthLayout(
      { ...input, usual: -3, curves: [curve([1e3, 1e3, 1e3, 1e3, 1e3, 1e3])] },
      300,
    );
    expect(far.usual).toBeNull();
  });

  it('without anything known still have a scale', () => {
    const none = depthLayout({ ...input, curves: [curve(rows.map(() => NaN))] }, 300);
    expect(none.lines[0].marks).toEqual([]);
    expect(none.ticks.length).toBeGreaterThan(1);
  });
});
