/** Health records as the panel needs them: rows in the net's order, one measure at a time. */
import { seriesScalar, seriesVector } from '../../api';
import type { Frame, Series } from '../../api';
import type { LayerRow, LayerTable } from '../../chart/layers';
import type { ModelGraph } from '../../model';
import type { Fields, Plane } from '../../wire';
import type { Norm } from './findings';

/** What the rows show. */
export type Measure = 'gradient' | 'update' | 'weight' | 'output';
export const MEASURES: readonly Measure[] = ['gradient', 'update', 'weight', 'output'];

/** One weight or bias of the net, as the record lists it. */
export interface Parameter extends LayerRow {
  readonly shape: readonly number[];
  readonly size: number;
}

/** The parts of a net, in the order of the record. */
export interface Net {
  readonly parameters: readonly Parameter[];
  /** Layers by whose output the objective was differentiated. */
  readonly outputs: readonly LayerRow[];
  /** What was differentiated by them: the loss, or the sum of the outputs. */
  readonly objective: 'loss' | 'output' | null;
  readonly source: string;
  /** Places of the parameters and of the outputs from the input to the output of the net. */
  readonly order: readonly number[];
  readonly outputOrder: readonly number[];
}

/** Reads a frame's header; null where it lists nothing that could be shown. */
export function netOf(header: Fields, graph: ModelGraph | null): Net | null {
  const names = header['parameters'];
  if (!Array.isArray(names)) return null;
  const layers = header['layers'] as readonly string[];
  const shapes = header['shapes'] as readonly (readonly number[])[];
  const sizes = header['sizes'] as readonly number[];
  const parameters = names.map((name: string, i): Parameter => {
    const [layer, shape] = [layers[i], shapes[i]];
    const label = name.startsWith(`${layer}/`) ? name.slice(layer.length + 1) : name;
    const kind = shape.length > 1 ? 'matrix' : 'vector';
    return { name, layer, label, kind, shape, size: sizes[i] };
  });
  const outputs = ((header['outputs'] ?? []) as readonly string[]).map((name): LayerRow => ({
    name,
    layer: name,
    label: '',
    kind: 'output',
  }));
  return {
    parameters,
    outputs,
    objective: (header['objective'] as Net['objective'] | undefined) ?? null,
    source: String(header['source'] ?? ''),
    order: inOrder(parameters, graph),
    outputOrder: inOrder(outputs, graph),
  };
}

/** By the graph where it knows every layer, otherwise as they were first met; a layer together. */
function inOrder(rows: readonly LayerRow[], graph: ModelGraph | null): readonly number[] {
  const places = new Map(graph?.nodes.map(({ name }, place) => [name, place]));
  const met = [...new Set(rows.map(({ layer }) => layer))];
  const known = met.every((layer) => places.has(layer));
  const placeOf = (row: number): number => {
    const { layer } = rows[row];
    return known ? places.get(layer)! : met.indexOf(layer);
  };
  return rows.map((_, row) => row).sort((a, b) => placeOf(a) - placeOf(b) || a - b);
}

interface Source {
  /** Of the series, and a row of a frame's plane. */
  readonly vector: string;
  readonly plane: 'parameters' | 'outputs';
  readonly row: string;
  /** Counts of entries that are not finite. */
  readonly broken: string | null;
  readonly brokenRow: string;
}

const SOURCES: Readonly<Record<Measure, Source>> = {
  gradient: {
    vector: 'gradient_norm',
    plane: 'parameters',
    row: 'gradient_norm',
    broken: 'gradient_nonfinite',
    brokenRow: 'gradient_nonfinite',
  },
  update: {
    vector: 'update_ratio',
    plane: 'parameters',
    row: 'update_ratio',
    broken: 'weight_nonfinite',
    brokenRow: 'weight_nonfinite',
  },
  weight: {
    vector: 'weight_norm',
    plane: 'parameters',
    row: 'weight_norm',
    broken: 'weight_nonfinite',
    brokenRow: 'weight_nonfinite',
  },
  output: {
    vector: 'output_rms',
    plane: 'outputs',
    row: 'rms',
    broken: null,
    brokenRow: 'nonfinite',
  },
};

/** Everything the panel shows over the steps. */
export const VECTORS: readonly string[] = [
  ...new Set(
    MEASURES.flatMap((measure) => {
      const { vector, broken } = SOURCES[measure];
      return broken === null ? [vector] : [vector, broken];
    }),
  ),
];

export function rowsOf(net: Net, measure: Measure): readonly LayerRow[] {
  return measure === 'output'
    ? net.outputOrder.map((i) => net.outputs[i])
    : net.order.map((i) => net.parameters[i]);
}

function orderOf(net: Net, measure: Measure): readonly number[] {
  return measure === 'output' ? net.outputOrder : net.order;
}

/** A norm grows with the number of entries; divided by the root of it, sizes can be compared. */
function divisorOf(net: Net, measure: Measure, place: number): number {
  const isNorm = measure === 'gradient' || measure === 'weight';
  return isNorm ? Math.sqrt(Math.max(1, net.parameters[place].size)) : 1;
}

/**
 * The measure over the steps of a series that have it, d loss / d output being measured more rarely
 * than the rest; null where none has.
 */
export function tableOf(net: Net, series: Series, measure: Measure): LayerTable | null {
  const { vector, broken } = SOURCES[measure];
  if (!usable(series.planes.get(vector))) return null;
  const order = orderOf(net, measure);
  const places = series.steps
    .map((_, place) => place)
    .filter((place) => isMeasured(series, measure, place));
  if (places.length === 0 || order.length === 0) return null;
  const columns = places.length;
  const values = new Float64Array(order.length * columns).fill(NaN);
  const counts = new Float64Array(values.length);
  places.forEach((step, column) => {
    const measured = seriesVector(series, vector, step);
    const bad = broken === null ? null : seriesVector(series, broken, step);
    order.forEach((place, row) => {
      const at = row * columns + column;
      if (place < measured.length) values[at] = measured[place] / divisorOf(net, measure, place);
      counts[at] = bad?.[place] || 0;
    });
  });
  const steps = places.map((place) => series.steps[place]);
  return { rows: rowsOf(net, measure), steps, values, broken: counts };
}

function isMeasured(series: Series, measure: Measure, place: number): boolean {
  const { vector, broken } = SOURCES[measure];
  return (
    seriesVector(series, vector, place).some((value) => !Number.isNaN(value)) ||
    (broken !== null && seriesVector(series, broken, place).some((count) => count > 0))
  );
}

/** The steps at which the objective was differentiated by the layers' outputs. */
export function outputSteps(series: Series): readonly number[] {
  const layers = seriesScalar(series, 'layers');
  return series.steps.filter((_, place) => layers[place] > 0);
}

function usable(plane: Plane | undefined): boolean {
  return plane !== undefined && plane.damaged === null && plane.shape[1] > 0;
}

/** One step of a measure, by name of the row: runs of other nets have other rows. */
export interface Reading {
  readonly value: number;
  readonly broken: number;
}

export function readings(net: Net, frame: Frame, measure: Measure): ReadonlyMap<string, Reading> {
  const { plane, row, brokenRow } = SOURCES[measure];
  const values = planeRow(frame, plane, row);
  const counts = planeRow(frame, plane, brokenRow);
  const named = measure === 'output' ? net.outputs : net.parameters;
  return new Map(
    named.flatMap(({ name }, place) =>
      place < values.length
        ? [
            [
              name,
              {
                value: values[place] / divisorOf(net, measure, place),
                broken: counts[place] || 0,
              },
            ] as const,
          ]
        : [],
    ),
  );
}

/** One measure of a plane that lists measures; empty where it is damaged or absent. */
export function planeRow(frame: Frame, name: string, row: string): ArrayLike<number> {
  const plane = frame.planes.get(name);
  const at = plane?.rows?.indexOf(row) ?? -1;
  if (!plane || plane.damaged !== null || at < 0) return [];
  return plane.data.subarray(at * plane.shape[1], (at + 1) * plane.shape[1]);
}

/** The norm of all gradients together, where it was measured. */
export function globalNorms(series: Series): readonly Norm[] {
  const norms = seriesScalar(series, 'gradient_norm');
  return series.steps
    .map((step, place) => ({ step, norm: norms[place] }))
    .filter(({ norm }) => !Number.isNaN(norm));
}

/**
 * The greatest gradients ever, by the step at which they were: of all parameters that had their peak
 * at one step the norm is at least this, also where TensorBoard has not kept the step.
 */
export function peaksOf(frame: Frame): readonly Norm[] {
  const norms = planeRow(frame, 'history', 'gradient_norm_max');
  const steps = planeRow(frame, 'history', 'gradient_norm_max_step');
  const squares = new Map<number, number>();
  Array.from(steps).forEach((step, i) => {
    if (norms[i] > 0) squares.set(step, (squares.get(step) ?? 0) + norms[i] ** 2);
  });
  return [...squares].map(([step, square]) => ({ step, norm: Math.sqrt(square) }));
}
