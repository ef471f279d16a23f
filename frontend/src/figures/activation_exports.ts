/** The activations panel as a picture, a table of its units, and data. */
import type { Exports, Table } from '../ui/panel';
import type { ActivationFrame } from './activation_frame';
import type { Target } from './activation_views';
import { composed } from './compose';

const MEASURES = [
  'count',
  'nan',
  'negative_infinity',
  'positive_infinity',
  'zero',
  'negative',
  'min',
  'max',
  'mean',
  'variance',
  'constant',
] as const;

export function activationExports(
  targets: readonly Target[],
  frames: readonly (ActivationFrame | null)[],
  canvases: readonly (HTMLCanvasElement | null)[],
  headline: string | null,
): Exports {
  const views = targets.flatMap(({ run, record }, i) => {
    const frame = frames[i];
    return frame ? [{ run: run.name, layer: record.name, frame }] : [];
  });
  return {
    png: () =>
      composed(
        `${targets[0]?.record.name ?? ''}: ${headline ?? ''}`,
        targets.map(({ run }, i) => `${run.name}, step ${frames[i]?.step ?? ''}`),
        canvases.slice(0, targets.length),
      ),
    csv: () => table(views),
    json: () =>
      views.map(({ run, layer, frame }) => ({
        run,
        layer,
        step: frame.step,
        axis: frame.axis,
        units: Array.from({ length: frame.units }, (_, unit) => unitRecord(frame, unit)),
      })),
  };
}

interface Shown {
  readonly run: string;
  readonly layer: string;
  readonly frame: ActivationFrame;
}

function table(views: readonly Shown[]): Table {
  return {
    columns: ['run', 'layer', 'step', 'unit', 'name', 'health', ...MEASURES],
    rows: views.flatMap(({ run, layer, frame }) =>
      Array.from({ length: frame.units }, (_, unit) => [
        run,
        layer,
        frame.step,
        unit,
        frame.names?.[unit] ?? null,
        frame.health[unit],
        ...MEASURES.map((measure) => frame.measures.get(measure)[unit] ?? null),
      ]),
    ),
  };
}

function unitRecord(frame: ActivationFrame, unit: number): Record<string, unknown> {
  const measures = MEASURES.map((name) => [name, frame.measures.get(name)[unit] ?? null]);
  return {
    unit,
    name: frame.names?.[unit] ?? null,
    health: frame.health[unit],
    ...Object.fromEntries(measures),
  };
}
