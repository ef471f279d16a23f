/** A frame of predictions as columns. */
import type { Frame } from '../../api';
import type { Plane } from '../../wire';
import type { Analysis } from './analysis';

export type Task = 'binary' | 'multiclass' | 'regression';

/** The code of a missing category. */
export const MISSING = 0xffffffff;

/** Of numbers (`names` null, NaN: missing) or of categories (codes into `names`). */
export interface Column {
  readonly name: string;
  readonly values: Float32Array | Uint32Array;
  readonly names: readonly string[] | null;
}

export interface Scores {
  /** Probability of class 1 (binary), class (multiclass) or value (regression). */
  readonly prediction: Float32Array;
  /** Multiclass: that given to the row's label. */
  readonly probability: Float32Array | null;
}

export interface Kept {
  readonly rows: Uint32Array;
  readonly reasons: readonly string[];
  readonly channels: readonly string[] | null;
  /** `[kept, channels, timesteps]`. */
  readonly input: Plane;
  readonly timestamps: Plane | null;
}

export interface Table {
  readonly step: number;
  readonly task: Task;
  readonly rows: number;
  readonly classes: readonly string[] | null;
  readonly label: Float32Array;
  readonly model: Scores;
  readonly baseline: Scores | null;
  readonly group: Column | null;
  readonly time: Float64Array | null;
  readonly columns: readonly Column[];
  readonly kept: Kept | null;
  readonly analysis: Analysis | null;
  /** What can't be read, and why. */
  readonly damage: readonly string[];
}

/** Null where the frame has no readable labels or predictions. */
export function tableOf(frame: Frame): Table | null {
  const { header, planes } = frame;
  const label = floats(planes.get('label'));
  const model = scores(frame, '');
  if (!label || !model) return null;
  const told = (header['columns'] ?? []) as readonly { name: string; kind: string }[];
  return {
    step: frame.step,
    task: header['task'] as Task,
    rows: label.length,
    classes: (header['classes'] ?? null) as readonly string[] | null,
    label,
    model,
    baseline: scores(frame, 'baseline'),
    group: column(frame, 'group', String(header['group'] ?? 'group')),
    time: good(planes.get('time'))?.data as Float64Array | null,
    columns: told.flatMap(({ name }, i) => column(frame, `column/${i}`, name) ?? []),
    kept: kept(frame),
    analysis: json(planes.get('analysis')) as Analysis | null,
    damage: [...planes.values()].flatMap(({ damaged }) => damaged ?? []),
  };
}

function good(plane: Plane | undefined): Plane | null {
  return plane && plane.damaged === null ? plane : null;
}

function floats(plane: Plane | undefined): Float32Array | null {
  const found = good(plane)?.data;
  return found instanceof Float32Array ? found : null;
}

function json(plane: Plane | undefined): unknown {
  const found = good(plane);
  return found ? JSON.parse(new TextDecoder().decode(found.data as Uint8Array)) : null;
}

function scores({ planes }: Frame, whose: '' | 'baseline'): Scores | null {
  const prediction = floats(planes.get(whose || 'prediction'));
  const probability = floats(planes.get(whose ? `${whose}_probability` : 'probability'));
  return prediction && { prediction, probability };
}

function column({ planes }: Frame, plane: string, name: string): Column | null {
  const found = good(planes.get(plane));
  if (!found) return null;
  const names = json(planes.get(`${plane}/names`)) as readonly string[] | null;
  return { name, values: found.data as Float32Array | Uint32Array, names };
}

function kept({ header, planes }: Frame): Kept | null {
  const told = header['kept'] as { reasons: string[]; channels: string[] | null } | null;
  const [rows, input] = [good(planes.get('kept/rows')), good(planes.get('kept/input'))];
  if (!told || !rows || !input) return null;
  const { reasons, channels } = told;
  const timestamps = good(planes.get('kept/timestamps'));
  return { rows: rows.data as Uint32Array, reasons, channels, input, timestamps };
}
