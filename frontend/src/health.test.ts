import { expect, it } from 'vitest';
import type { RecordInfo } from './api';
import { health } from './health';

const of = (kind: RecordInfo['kind'], last: RecordInfo['last']): RecordInfo => ({
  name: 'conv1',
  kind,
  description: '',
  steps: [0],
  wall_time: 0,
  last,
});

const units = { units: 16, dead: 0, constant: 0, nonfinite_units: 0 };
const values = { count: 200, nonfinite: 0, negative: 100 };

it.each([
  ['activations', null, 'unknown', 'no statistics'],
  ['activations', units, 'good', 'all 16 units alive'],
  ['activations', { ...units, dead: 2 }, 'warning', '2 of 16 units dead'],
  [
    'activations',
    { ...units, dead: 12, constant: 4 },
    'bad',
    '12 of 16 units dead, 4 of 16 constant over time',
  ],
  ['activations', { ...units, nonfinite_units: 1 }, 'bad', '1 of 16 units with NaN or infinity'],
  ['preactivations', values, 'good', '50 % of values below zero'],
  ['preactivations', { ...values, negative: 190 }, 'warning', '95 % of values below zero'],
  ['preactivations', { ...values, negative: 199 }, 'bad', '99.5 % of values below zero'],
  ['preactivations', { ...values, nonfinite: 1 }, 'bad', '1 value is NaN or infinite'],
  ['input_gradients', { log10_near: NaN, timesteps: 5 }, 'unknown', 'no profile'],
  [
    'input_gradients',
    { log10_near: -1, drop_decades: 6, drop_lag: 452 },
    'bad',
    '1,000,000× less sensitive 452 steps away',
  ],
  [
    'input_gradients',
    {
      ...{ log10_near: -1, drop_decades: 0, reach: 8, output_step: 2048, timesteps: 4096 },
      ...{ masked: 0, nonfinite: 0, unreachable: 4087 },
    },
    'bad',
    'sees only 8 of 2,048 steps back',
  ],
] as const)('%s %j: %s, %s', (kind, last, mark, words) => {
  expect(health(of(kind, last))).toMatchObject({ mark, words });
});
