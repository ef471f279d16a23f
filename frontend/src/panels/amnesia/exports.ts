/** What the amnesia panel saves: everything in full, whatever was looked at. */
import type { RefObject } from 'preact';
import { frame, load } from '../../api';
import type { Table } from '../../ui/panel';
import type { Jacobian } from './jacobian_data';
import { curveOfRow } from './jacobian_data';
import { numbersOf } from './numbers_data';
import type { Curve } from './profiles';
import { inFull } from './questions';
import type { Shown, View } from './questions';
import { reading } from './tip';

export interface Everything {
  readonly view: Pick<View, 'name' | 'channel' | 'reduction'>;
  readonly shown: readonly Shown[];
  /** The output step that was picked, whose curves then stand in `shown`; null: as recorded. */
  readonly outputStep: number | null;
  readonly untrained: readonly Curve[];
  /** By run. */
  readonly jacobians: ReadonlyMap<string, Jacobian>;
}

const COLUMNS = [
  ...['run', 'kind', 'step', 'output_step', 't', 'lag'],
  ...['log10', 'low', 'high', 'reading'],
];

type Row = readonly (string | number | null)[];

export async function table(everything: Everything): Promise<Table> {
  const { untrained, jacobians } = everything;
  const shown = await profiles(everything);
  const kind = everything.outputStep === null ? 'input_gradients' : 'jacobian';
  function* rows(): Iterable<Row> {
    for (const { profile } of shown) if (profile) yield* rowsOf(profile, kind);
    for (const curve of untrained) yield* rowsOf(curve, 'untrained');
    for (const [run, jacobian] of jacobians) {
      for (let row = 0; row < jacobian.outputSteps.length; row++) {
        // The row that was picked stands above already.
        if (jacobian.outputSteps[row] === everything.outputStep) continue;
        yield* rowsOf(curveOfRow(jacobian, row, { run, colour: '', channel: 0 }), 'jacobian');
      }
    }
  }
  return { columns: COLUMNS, rows: rows() };
}

function* rowsOf(profile: Curve, kind: string): Iterable<Row> {
  const { run, step, t, log10, low, high, outputStep } = profile;
  for (let i = 0; i < t.length; i++) {
    yield [
      ...[run, kind, step, outputStep, t[i], t[i] - outputStep],
      ...[log10[i], low?.[i], high?.[i]].map(number),
      reading(profile, t[i]),
    ];
  }
}

function number(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

export async function json(everything: Everything): Promise<unknown> {
  const { view, untrained, jacobians, outputStep } = everything;
  const shown = await profiles(everything);
  const runs = shown.map(async ({ run, step, profile, scalars }) => ({
    run,
    scalars,
    profile,
    numbers: outputStep === null ? await bands(run, view.name, step) : null,
    untrained: untrained.find((curve) => curve.run === run) ?? null,
    jacobian: jacobians.get(run) ?? null,
  }));
  return {
    ...view,
    kind: 'input_gradients',
    output_step: outputStep,
    runs: await Promise.all(runs),
  };
}

async function bands(run: string, name: string, step: number): Promise<unknown> {
  const query = { run, name, kind: 'input_gradients', step, planes: ['numbers'] } as const;
  return numbersOf(await load(frame(query)).catch(() => null));
}

/** At full resolution; the rows of a Jacobian are. */
function profiles({ shown, view, outputStep }: Everything): Promise<readonly Shown[]> {
  return outputStep === null ? inFull(shown, view) : Promise.resolve(shown);
}

/** One picture below the other, of those that are there; null where none is. */
export function stacked(
  references: readonly RefObject<HTMLCanvasElement | null>[],
): HTMLCanvasElement | null {
  const canvases = references.flatMap(({ current }) => (current?.width ? [current] : []));
  if (canvases.length === 0) return null;
  const picture = document.createElement('canvas');
  picture.width = Math.max(...canvases.map(({ width }) => width));
  picture.height = canvases.reduce((sum, { height }) => sum + height, 0);
  let y = 0;
  for (const canvas of canvases) {
    picture.getContext('2d')?.drawImage(canvas, 0, y);
    y += canvas.height;
  }
  return picture;
}
