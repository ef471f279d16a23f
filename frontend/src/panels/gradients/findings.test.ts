import { describe, expect, it } from 'vitest';
import type { LayerTable } from '../../chart/layers';
import { depthOf, findings, type Evidence } from './findings';

const LAYERS = ['conv_1', 'conv_2', 'lstm', 'dense'];
const STEPS = Array.from({ length: 30 }, (_, i) => i);

/** The kernel of each layer over STEPS. */
function table(valueOf: (layer: number, step: number) => number): LayerTable {
  return {
    rows: LAYERS.map((layer) => ({
      name: `${layer}/kernel`,
      layer,
      label: 'kernel',
      kind: 'matrix',
    })),
    steps: STEPS,
    values: Float64Array.from(LAYERS.flatMap((_, layer) => STEPS.map((at) => valueOf(layer, at)))),
    broken: new Float64Array(LAYERS.length * STEPS.length),
  };
}

function evidence(some: Partial<Evidence> = {}): Evidence {
  return {
    gradients: table(() => 0.01),
    updates: table(() => 1e-3),
    step: 29,
    norms: STEPS.map((step) => ({ step, norm: 1 })),
    peaks: [],
    broken: [],
    ...some,
  };
}

describe('the findings of a run', () => {
  it.each<[string, Partial<Evidence>, string]>([
    [
      'a healthy net',
      {},
      'gradients lie within 0.1 decades over the depth; a step changes the weights by about 0.001 of their size',
    ],
    [
      'vanishing gradients',
      { gradients: table((layer) => 10 ** (-8 + 2 * layer)) },
      'gradients fall 6.0 decades from dense to conv_1',
    ],
    [
      'vanishing gradients and the small updates that follow',
      {
        gradients: table((layer) => 10 ** (-8 + 2 * layer)),
        updates: table((layer) => 10 ** (-9 + 2 * layer)),
      },
      'gradients fall 6.0 decades from dense to conv_1',
    ],
    [
      'gradients that are exactly zero behind a dead layer',
      { gradients: table((layer, step) => (layer < 2 && step >= 6 ? 0 : 1e-2)) },
      'no gradient reaches conv_1, conv_2 since step 6',
    ],
    [
      'gradients and updates of exactly zero',
      {
        gradients: table((layer, step) => (layer < 2 && step >= 6 ? 0 : 1e-2)),
        updates: table((layer, step) => (layer < 2 && step >= 8 ? 0 : 1e-3)),
      },
      'no gradient reaches conv_1, conv_2 since step 6',
    ],
    [
      'a gradient that is zero for a moment',
      { gradients: table((layer, step) => (layer < 2 && step === 29 ? 0 : 1e-2)) },
      'gradients lie within 0.1 decades over the depth; a step changes the weights by about 0.001 of their size',
    ],
    [
      'steps that are too small',
      { updates: table((layer) => (layer === 2 ? 1e-8 : 1e-3)) },
      'lstm/kernel changes by 1.0e−8 of its size in a step',
    ],
    [
      'gradients that vanish in the middle',
      { gradients: table((layer) => (layer === 1 ? 1e-6 : 1e-2)) },
      'gradients fall 4.0 decades from dense to conv_2',
    ],
    [
      'gradients that explode towards the input',
      { gradients: table((layer) => 10 ** (-1.5 * layer)) },
      'gradients grow 4.5 decades from dense back to conv_1',
    ],
    [
      'an outbreak',
      { norms: STEPS.map((step) => ({ step, norm: step === 20 ? 57 : 1 })) },
      'gradient norm rose to 57 times its median at step 20',
    ],
    [
      'an outbreak at a step that was not kept',
      { peaks: [{ step: 17, norm: 31_000 }] },
      'gradient norm rose to 31,000 times its median at step 17',
    ],
    [
      'a weight that stopped',
      { updates: table((layer, at) => (layer === 1 && at >= 8 ? 0 : 1e-3)) },
      'conv_2/kernel has not moved since step 8',
    ],
    [
      'several that stopped',
      { updates: table((layer, at) => (layer < 2 && at >= 8 + layer ? 0 : 1e-3)) },
      'conv_1/kernel and 1 more have not moved since step 8',
    ],
    ['a training that stopped', { updates: table(() => 0) }, 'no weight has moved since step 0'],
    [
      'NaN',
      {
        broken: [
          { name: 'lstm/kernel', step: 26 },
          { name: 'conv_1/kernel', step: 25 },
        ],
      },
      'first NaN or infinity: conv_1/kernel at step 25, later or then in 1 more',
    ],
    [
      'steps that are too large',
      { updates: table((layer) => (layer === 2 ? 0.3 : 1e-3)) },
      'lstm/kernel changes by 30 % in a step',
    ],
    ['nothing known', { gradients: null, updates: null, norms: [] }, ''],
  ])('of %s', (_, some, said) => {
    expect(findings(evidence(some))).toBe(said);
  });

  it('are those up to the step that is looked at', () => {
    const norms = STEPS.map((step) => ({ step, norm: step === 20 ? 57 : 1 }));
    const updates = table((layer, at) => (layer === 1 && at >= 18 ? 0 : 1e-3));
    expect(findings(evidence({ norms, updates, step: 19 }))).not.toMatch(/rose|moved/);
    expect(findings(evidence({ norms, updates, step: 21 }))).toMatch(/rose.*moved since step 18/);
  });

  it('are two at most, the worst first', () => {
    const all = evidence({
      gradients: table((layer) => 10 ** (-8 + 2 * layer)),
      updates: table(() => 0),
      broken: [{ name: 'dense/kernel', step: 9 }],
    });
    expect(findings(all)).toMatch(/^first NaN.*; gradients fall 6\.0 decades/);
  });

  it('do not call a large first step an outbreak', () => {
    const norms = STEPS.map((step) => ({ step, norm: step < 2 ? 90 : 1 }));
    expect(findings(evidence({ norms }))).not.toMatch(/rose/);
  });
});

it('a layer without a gradient is passed over', () => {
  const rows = table(() => 1).rows;
  const { fall } = depthOf(rows, (row) => [1e-5, NaN, 0, 1][row]);
  expect(fall?.decades).toBeCloseTo(5);
  expect(depthOf(rows, () => NaN).fall).toBeNull();
});
