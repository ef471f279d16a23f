import { describe, expect, it } from 'vitest';
import type { Frame } from '../api';
import type { Plane } from '../wire';
import { activationFrame, fullPicture, unitSeries } from './activation_frame';
import { gateScale } from './activation_views';
import { unitFacts } from './unit_facts';

const ROWS = ['count', 'nan', 'zero', 'negative', 'min', 'max', 'mean', 'variance', 'constant'];

function plane(
  name: string,
  shape: number[],
  data: Plane['data'],
  rows: string[] | null = null,
): Plane {
  return { name, shape, data, rows, damaged: null };
}

/** Two units, 10 timesteps, an overview of stride 4, two examples, one input channel. */
function frame(change: Readonly<Record<string, Partial<Plane> | null>> = {}): Frame {
  const units = Float64Array.from([
    ...[20, 20],
    ...[0, 0],
    ...[20, 5],
    ...[0, 10],
    ...[0, -1],
    ...[0, 3],
    ...[0, 1],
    ...[0, 4],
    ...[1, 0],
  ]);
  const planes = [
    plane('units', [9, 2], units, ROWS),
    plane('scale', [2, 2], Float64Array.from([0, -1, 0, 3]), ['low', 'high']),
    plane('overview', [2, 2, 3], Uint8Array.from([4, 4, 0, 5, 255, 0, 4, 4, 4, 130, 130, 130])),
    plane(
      'input',
      [2, 1, 10],
      Float32Array.from({ length: 20 }, (_, i) => i),
    ),
    plane(
      'timestamps',
      [2, 10],
      Float64Array.from({ length: 20 }, (_, i) => 60 * i),
    ),
  ];
  const changed = planes.flatMap((one) => {
    const to = change[one.name];
    return to === null ? [] : [{ ...one, ...to }];
  });
  return {
    step: 7,
    wallTime: 0,
    header: {
      shape: [2, 10, 2],
      axis: 'time',
      stride: 4,
      channels: ['a', 'b'],
      input_channels: ['heart rate'],
    },
    damaged: null,
    planes: new Map(changed.map((one) => [one.name, one])),
  };
}

describe('an activations frame', () => {
  it('gives the overview its stride and each unit its scale and health', () => {
    const read = activationFrame(frame(), 0)!;
    expect(read).toMatchObject({
      units: 2,
      steps: 10,
      names: ['a', 'b'],
      health: ['dead', 'active'],
    });
    expect(read.picture).toMatchObject({ steps: 10, stride: 4 });
    expect([...unitSeries(read.picture!, 1)]).toEqual([-1, 3, NaN]);
    expect(read.input.map(({ name, series }) => [name, series[9]])).toEqual([['heart rate', 9]]);
  });

  it('takes the second example where it is asked for, and the last where there are fewer', () => {
    for (const example of [1, 5]) {
      const read = activationFrame(frame(), example)!;
      expect([...unitSeries(read.picture!, 1)]).toEqual([1, 1, 1]);
      expect([read.input[0].series[0], read.timestamps![0]]).toEqual([10, 600]);
    }
  });

  it('has the pictures of all examples, which share their colours', () => {
    const read = activationFrame(frame(), 1)!;
    expect([read.examples, read.example, read.pictures.length]).toEqual([2, 1, 2]);
    expect(read.pictures[1]).toBe(read.picture);
    expect(activationFrame(frame(), -3)!.example).toBe(0);
  });

  it('is statistics alone where the picture was left out', () => {
    const read = activationFrame(
      frame({
        overview: { shape: [0, 2, 3], data: new Uint8Array(0) },
        input: null,
        timestamps: null,
      }),
      2,
    )!;
    expect(read).toMatchObject({
      examples: 0,
      example: 0,
      picture: null,
      pictures: [],
      damage: [],
    });
    expect([read.units, read.steps, read.health]).toEqual([2, 10, ['dead', 'active']]);
  });

  it('has what the recorder remembers of each unit, where it does', () => {
    expect(activationFrame(frame(), 0)!.history).toBeNull();
    const rows = [
      'steps',
      'steps_dead',
      'first_dead_step',
      'last_dead_step',
      'revived',
      'min',
      'max',
    ];
    const past = plane(
      'history',
      [7, 2],
      Float64Array.from({ length: 14 }, (_, i) => i),
      rows,
    );
    const whole = frame();
    const planes = new Map([...whole.planes, ['history', past]]);
    const { history } = activationFrame({ ...whole, planes }, 0)!;
    expect([history!.steps, history!.max].map((row) => [...(row as Float64Array)])).toEqual([
      [0, 1],
      [12, 13],
    ]);
  });

  it('keeps the statistics where the picture is damaged, and says what is', () => {
    const read = activationFrame(frame({ overview: { damaged: 'bad checksum' } }), 0)!;
    expect(read.picture).toBeNull();
    expect(read.health).toEqual(['dead', 'active']);
    expect(read.damage).toEqual(['overview: bad checksum']);
    expect(activationFrame(frame({ scale: null }), 0)!.picture).toBeNull();
  });

  it('is nothing without the statistics of the units', () => {
    expect(activationFrame(frame({ units: { damaged: 'cut short' } }), 0)).toBeNull();
  });

  it('knows its steps without input and timestamps', () => {
    const read = activationFrame(frame({ input: null, timestamps: null }), 0)!;
    expect([read.picture!.steps, read.input.length, read.timestamps]).toEqual([10, 0, null]);
  });

  it('takes the length of the picture from the header: of a large batch not all is pictured', () => {
    const whole = frame({ input: null, timestamps: null });
    const header = { ...whole.header, shape: [5000, 2], axis: 'example', cells: 11 };
    for (const planes of [whole.planes, new Map([...whole.planes].slice(0, 2))]) {
      expect(activationFrame({ ...whole, header, planes }, 0)!.steps).toBe(11);
    }
  });

  it('is refined by its values', () => {
    const coarse = activationFrame(frame(), 0)!;
    const codes = Uint8Array.from({ length: 40 }, (_, i) => i);
    const values = {
      ...frame(),
      planes: new Map([['values', plane('values', [2, 2, 10], codes)]]),
    };
    const full = fullPicture(coarse, values, 1)!;
    expect([full.stride, full.codes[0], full.codes.length]).toEqual([1, 20, 20]);
    expect(fullPicture(coarse, frame(), 0)).toBeNull();
  });
});

describe('the colours of a gate', () => {
  const picture = (low: number, high: number) => ({
    ...{ units: 1, steps: 1, stride: 1, codes: new Uint8Array(1), mean: [0] },
    ...{ low: [low], high: [high] },
  });
  it.each([
    ['lstm/forget', 0.2, 0.4, true],
    ['gru/update', 0, 1, true],
    ['lstm/cell', 0.2, 0.4, false],
    ['lstm', 0.2, 0.4, false],
    ['encoder/output', 0, 3, false],
    ['encoder/output', -0.1, 0.5, false],
  ] as const)('of %s from %d to %d', (name, low, high, is) => {
    expect(gateScale(name, [picture(low, high)])).toEqual(
      is ? { kind: 'sequential', limit: 1 } : null,
    );
  });
});

describe('the facts of a unit', () => {
  it('bound what a dead unit may still do, and give shares exactly', () => {
    const { measures, health } = activationFrame(frame(), 0)!;
    const dead = new Map(unitFacts(measures, 0, health[0]));
    expect(dead.get('state')).toBe('dead (active in at most 15 % of cells, 95 % sure)');
    const alive = new Map(unitFacts(measures, 1, health[1]));
    expect(
      ['mean', 'sd', 'zero', 'negative', 'constant in'].map((name) => alive.get(name)),
    ).toEqual(['1', '2', '25 %', '50 %', '0 % of examples']);
  });
});
