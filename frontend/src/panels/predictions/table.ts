/** A frame of predictions as columns. */
import type { Frame } from '../../api';
import type { Plane } from '../../wire';
import type { Analysis } from './analysis';
import { isAnalysis, isFields, list, one, text } from './analysis_shape';

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
  const { header } = frame;
  const label = frame.planes.get('label')?.data;
  if (!(label instanceof Float32Array) || !TASKS(header['task'])) return null;
  const read = new Reader(frame.planes, label.length);
  const model = read.scores('prediction', 'probability');
  if (!read.floats('label') || !model) return null;
  const named = header['group'] ?? null;
  const classes = header['classes'] ?? null;
  const told = Array.isArray(header['columns']) ? (header['columns'] as readonly unknown[]) : [];
  return {
    step: frame.step,
    task: header['task'] as Task,
    rows: label.length,
    classes: list(text)(classes) ? (classes as readonly string[]) : null,
    label,
    model,
    baseline: read.scores('baseline', 'baseline_probability'),
    group: read.column('group', typeof named === 'string' ? named : 'group', true),
    time: read.times('time'),
    columns: told.flatMap((one, i) => {
      const name = isFields(one) && typeof one['name'] === 'string' ? one['name'] : `column ${i}`;
      const categories = isFields(one) && one['kind'] === 'category';
      return read.column(`column/${i}`, name, categories) ?? [];
    }),
    kept: read.kept(header['kept']),
    analysis: read.json('analysis', isAnalysis),
    damage: read.damage,
  };
}

const TASKS = one('binary', 'multiclass', 'regression');

/** Reads planes of as many rows as there are labels; what can't be read is noted, and null. */
class Reader {
  readonly damage: string[];

  constructor(
    private readonly planes: Frame['planes'],
    private readonly rows: number,
  ) {
    this.damage = [...planes.values()].flatMap(({ damaged }) => damaged ?? []);
  }

  floats(name: string): Float32Array | null {
    return this.series(name, Float32Array) as Float32Array | null;
  }

  times(name: string): Float64Array | null {
    return this.series(name, Float64Array) as Float64Array | null;
  }

  scores(name: string, ofLabel: string): Scores | null {
    const prediction = this.floats(name);
    const probability = this.floats(ofLabel);
    return prediction && { prediction, probability };
  }

  column(plane: string, name: string, categories: boolean): Column | null {
    if (!categories) {
      const values = this.floats(plane);
      return values && { name, values, names: null };
    }
    const values = this.series(plane, Uint32Array) as Uint32Array | null;
    const names = this.json(`${plane}/names`, isNames);
    if (!values || !names) return null;
    if (values.every((code) => code < names.length || code === MISSING)) {
      return { name, values, names };
    }
    return this.wrong(plane, 'has codes without a name');
  }

  kept(told: unknown): Kept | null {
    const [rows, input] = [this.good('kept/rows'), this.good('kept/input')];
    if (!isFields(told) || !rows || !input) return null;
    const { reasons, channels } = told;
    const [count, , steps] = input.shape;
    const sound =
      rows.data instanceof Uint32Array &&
      rows.data.every((row) => row < this.rows) &&
      input.data instanceof Float32Array &&
      input.shape.length === 3 &&
      rows.data.length === count;
    if (!sound) return this.wrong('kept/input', 'is not one series a kept row');
    const stamps = this.good('kept/timestamps');
    const timed = stamps?.data instanceof Float64Array && stamps.data.length === count * steps;
    if (stamps && !timed) this.wrong('kept/timestamps', 'has not one time a timestep');
    return {
      ...{ rows: rows.data as Uint32Array, input, timestamps: timed ? stamps : null },
      reasons: isNames(reasons) ? reasons : [],
      channels: isNames(channels) ? channels : null,
    };
  }

  json<T>(name: string, is: (value: unknown) => value is T): T | null {
    const found = this.good(name);
    if (!found) return null;
    try {
      const value: unknown = JSON.parse(new TextDecoder().decode(found.data as Uint8Array));
      return is(value) ? value : this.wrong(name, 'holds something else than expected');
    } catch {
      return this.wrong(name, 'is not JSON');
    }
  }

  private series(
    name: string,
    kind: typeof Float32Array | typeof Float64Array | typeof Uint32Array,
  ) {
    const data = this.good(name)?.data;
    if (!data) return null;
    const sound = data instanceof kind && data.length === this.rows;
    return sound ? data : this.wrong(name, `is not one value for each of ${this.rows} rows`);
  }

  private good(name: string): Plane | null {
    const found = this.planes.get(name);
    return found && found.damaged === null ? found : null;
  }

  private wrong(name: string, why: string): null {
    this.damage.push(`plane '${name}' ${why}`);
    return null;
  }
}

function isNames(value: unknown): value is readonly string[] {
  return list(text)(value);
}
