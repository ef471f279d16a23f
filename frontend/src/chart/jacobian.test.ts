import { describe, expect, it } from 'vitest';
import { extentOf, jacobianHeight, layoutJacobian, placeAt, rowBeside, rowOf } from './jacobian';
import type { JacobianInput, Matrix } from './jacobian';
import { layoutAmnesia } from './line_amnesia';

const T = 101;

function matrix(outputSteps: readonly number[], timesteps = T): Matrix {
  const cells = outputSteps.length * timesteps;
  return {
    outputSteps: Uint32Array.from(outputSteps),
    timesteps,
    log10: new Float32Array(cells).fill(-1),
    states: new Uint8Array(cells),
  };
}

function input(changes: Partial<JacobianInput> = {}): JacobianInput {
  const levels = new Float64Array(4);
  const base = { matrix: matrix([25, 50, 75, 100]), levels, decades: [-3, 0] } as const;
  return { ...base, window: null, row: null, picked: false, ...changes };
}

describe('the layout of a Jacobian', () => {
  it('shares the time axis of the plot above it', () => {
    const above = { earlier: [], relative: false, axis: 'timestep', window: null } as const;
    const profile = { timesteps: T, outputStep: 0, t: [], log10: [], states: [] };
    const full = { ...profile, run: '', colour: '', step: 0, low: null, high: null };
    const plot = layoutAmnesia(
      { ...above, profiles: [{ ...full, near: 0, log10Floor: -38 }] },
      800,
      340,
    );
    const below = layoutJacobian(input(), 800);
    expect([0, 50, 100].map(below.x.forward)).toEqual([0, 50, 100].map(plot.x.forward));
    const zoomed = layoutJacobian(input({ window: [20, 60] }), 800);
    expect([zoomed.x.low, zoomed.x.high]).toEqual([20, 60]);
  });

  it('marks where input and output are the same timestep, in view', () => {
    const { diagonal, x } = layoutJacobian(input({ window: [20, 60] }), 800);
    expect([...diagonal]).toEqual([x.forward(25), x.forward(50), NaN, NaN]);
  });

  it.each([1, 4, 16, 48, 64, 200])('has %i rows of whole pixels', (rows) => {
    const steps = Array.from({ length: rows }, (_, i) => i);
    const { plot, rowHeight, rowLabels } = layoutJacobian(
      input({ matrix: matrix(steps), levels: new Float64Array(rows) }),
      800,
    );
    expect(rowHeight).toBe(Math.round(rowHeight));
    expect(plot.height).toBeLessThan(jacobianHeight(rows));
    expect(rowLabels[rowLabels.length - 1].label).toBe(String(rows - 1));
    for (let i = 1; i < rowLabels.length; i++) {
      expect(rowLabels[i].y - rowLabels[i - 1].y).toBeGreaterThanOrEqual(13);
    }
  });
});

describe('a place in the picture', () => {
  const given = input();
  const layout = layoutJacobian(given, 800);
  const { left, top, width, height } = layout.plot;

  it('is a row and a timestep', () => {
    const y = top + 2.5 * layout.rowHeight;
    expect(placeAt(layout, given.matrix, layout.x.forward(30) + 1, y)).toEqual({ row: 2, t: 30 });
    expect(placeAt(layout, given.matrix, left, top)).toEqual({ row: 0, t: 0 });
    expect(placeAt(layout, given.matrix, left + width, y)).toEqual({ row: 2, t: 100 });
  });

  it('is none outside', () => {
    expect(placeAt(layout, given.matrix, left - 1, top + 5)).toBeNull();
    expect(placeAt(layout, given.matrix, left + 5, top + height)).toBeNull();
    expect(placeAt(layout, given.matrix, left + 5, top - 1)).toBeNull();
  });
});

it('finds the row of an output step, if it has one', () => {
  const { matrix } = input();
  expect([25, 100, 26, 7].map((step) => rowOf(matrix, step))).toEqual([0, 3, null, null]);
});

it.each([
  [1, 50, 1, 2],
  [0, 50, -1, 0],
  [3, 50, 1, 3],
  // Nothing is picked, and the recorded output has no row: the nearest is where the keys set out.
  [null, 60, 1, 2],
  [null, 60, -1, 0],
])('moves from row %s, recorded at %i, by %i to row %i', (row, recorded, by, expected) => {
  expect(rowBeside(input().matrix, row, recorded, by)).toBe(expected);
});

describe('the extent', () => {
  it('is of values alone, less the level of their row', () => {
    const { matrix } = input();
    matrix.log10[0] = -7;
    matrix.log10[T + 3] = -30;
    matrix.states[T + 3] = 1;
    matrix.log10[5] = NaN;
    expect(extentOf(matrix, new Float64Array(4))).toEqual([-7, -1]);
    expect(extentOf(matrix, Float64Array.of(-2, -1, -1, -1))).toEqual([-5, 1]);
  });

  it('is none without values', () => {
    const { matrix } = input();
    matrix.states.fill(2);
    expect(extentOf(matrix, new Float64Array(4))).toBeNull();
  });
});
