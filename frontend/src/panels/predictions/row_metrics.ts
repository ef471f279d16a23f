/**
 * The metrics of a selection of rows, fast enough to follow a brush over half a million: predictions
 * are sorted once, a selection then takes a few passes. Definitions as in the stored analysis.
 */
import { ascending } from '../../chart/scatter_order';
import { LEAST_PROBABILITY } from './axes';
import type { Scores, Table } from './table';

/** Null: not defined, as an AUROC where a single class is left. */
export type Values = Readonly<Record<string, number | null>>;

export interface RowMetrics {
  /** Rows with a label and every prediction. */
  readonly rows: number;
  /** Users among them; null: the rows are nobody's. */
  readonly groups: number | null;
  /** Rows of class 1; null: not binary. */
  readonly positives: number | null;
  readonly model: Values;
  readonly baseline: Values | null;
  /** Model - baseline. */
  readonly difference: Values | null;
}

interface Prepared {
  readonly counted: Uint8Array;
  /** Rows in ascending order of the prediction (binary only), for each of model and baseline. */
  readonly orders: readonly Uint32Array[];
  readonly groups: { readonly codes: ArrayLike<number>; readonly count: number } | null;
}

const known = new WeakMap<Table, Prepared>();

function prepared(table: Table): Prepared {
  const found = known.get(table);
  if (found) return found;
  const scores = scoresOf(table);
  const counted = new Uint8Array(table.rows);
  for (let i = 0; i < counted.length; i++) {
    const told = scores.every(({ prediction }) => Number.isFinite(prediction[i]));
    counted[i] = Number(told && Number.isFinite(table.label[i]));
  }
  const orders =
    table.task === 'binary' ? scores.map(({ prediction }) => ascending(prediction)) : [];
  const made = { counted, orders, groups: groupCodes(table) };
  known.set(table, made);
  return made;
}

function scoresOf({ model, baseline }: Table): readonly Scores[] {
  return baseline ? [model, baseline] : [model];
}

/** Who the rows are of, as places from 0 on; null: nobody. */
export function groupCodes({ group }: Table): Prepared['groups'] {
  if (!group) return null;
  if (group.names) return { codes: group.values, count: group.names.length };
  const places = new Map<number, number>();
  const codes = Uint32Array.from(group.values, (value) => {
    const place = places.get(value) ?? places.size;
    places.set(value, place);
    return place;
  });
  return { codes, count: places.size };
}

/** Of the rows that `mask` marks, or of all. */
export function rowMetrics(table: Table, mask: Uint8Array | null): RowMetrics {
  const { counted, orders, groups } = prepared(table);
  const taken = mask ? counted.map((one, i) => one & mask[i]) : counted;
  const scores = scoresOf(table);
  const [model, baseline] = scores.map((one, k) => valuesOf(table, one, taken, orders[k]));
  let [rows, positives] = [0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    rows++;
    if (table.label[i] === 1) positives++;
  }
  return {
    rows,
    groups: groups && distinct(groups.codes, groups.count, taken),
    positives: table.task === 'binary' ? positives : null,
    model,
    baseline: baseline ?? null,
    difference: baseline ? less(model, baseline) : null,
  };
}

function distinct(codes: ArrayLike<number>, count: number, taken: Uint8Array): number {
  const seen = new Uint8Array(count);
  let found = 0;
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0 || codes[i] >= count || seen[codes[i]] === 1) continue;
    seen[codes[i]] = 1;
    found++;
  }
  return found;
}

function less(model: Values, baseline: Values): Values {
  return Object.fromEntries(
    Object.entries(model).map(([name, value]) => {
      const other = baseline[name];
      return [name, value === null || other === null ? null : value - other];
    }),
  );
}

function valuesOf(table: Table, scores: Scores, taken: Uint8Array, order: Uint32Array): Values {
  switch (table.task) {
    case 'binary':
      return {
        ...ranking(table.label, scores.prediction, taken, order),
        ...binary(table.label, scores, taken),
      };
    case 'multiclass':
      return multiclass(table.label, scores, taken);
    case 'regression':
      return regression(table.label, scores.prediction, taken);
    default:
      return table.task satisfies never;
  }
}

/** AUROC by the rank sum and average precision by steps, both with ties as one threshold. */
function ranking(
  label: Float32Array,
  prediction: Float32Array,
  taken: Uint8Array,
  order: Uint32Array,
): Values {
  let [all, positives] = [0, 0];
  for (let i = 0; i < taken.length; i++) {
    all += taken[i];
    positives += taken[i] & Number(label[i] === 1);
  }
  const negatives = all - positives;
  if (positives === 0 || negatives === 0) return { auroc: null, average_precision: null };
  // Of the rows below the threshold, and of those on it.
  let [below, positivesBelow, tied, positivesTied] = [0, 0, 0, 0];
  let [area, precision] = [0, 0];
  let last = NaN;
  const close = (): void => {
    area += positivesTied * (below - positivesBelow + (tied - positivesTied) / 2);
    precision += positivesTied * ((positives - positivesBelow) / (all - below));
    below += tied;
    positivesBelow += positivesTied;
    tied = positivesTied = 0;
  };
  for (let k = 0; k < order.length; k++) {
    const i = order[k];
    if (taken[i] === 0) continue;
    const value = prediction[i];
    if (value !== last) {
      if (tied > 0) close();
      last = value;
    }
    tied++;
    if (label[i] === 1) positivesTied++;
  }
  close();
  return { auroc: area / (positives * negatives), average_precision: precision / positives };
}

function binary(label: Float32Array, { prediction }: Scores, taken: Uint8Array): Values {
  let [rows, squares, logs, right] = [0, 0, 0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    const [y, p] = [label[i], prediction[i]];
    rows++;
    squares += (p - y) * (p - y);
    logs -= Math.log(cut(y === 1 ? p : 1 - p));
    if (p >= 0.5 === (y === 1)) right++;
  }
  const mean = (sum: number): number | null => (rows > 0 ? sum / rows : null);
  return { brier: mean(squares), log_loss: mean(logs), accuracy: mean(right) };
}

function multiclass(
  label: Float32Array,
  { prediction, probability }: Scores,
  taken: Uint8Array,
): Values {
  let [rows, logs, right] = [0, 0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    rows++;
    if (prediction[i] === label[i]) right++;
    if (probability) logs -= Math.log(cut(probability[i]));
  }
  const mean = (sum: number): number | null => (rows > 0 ? sum / rows : null);
  return { accuracy: mean(right), log_loss: probability ? mean(logs) : null };
}

function regression(label: Float32Array, prediction: Float32Array, taken: Uint8Array): Values {
  let [rows, sum, absolute, squares] = [0, 0, 0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    const error = prediction[i] - label[i];
    rows++;
    sum += label[i];
    absolute += Math.abs(error);
    squares += error * error;
  }
  if (rows === 0) return { mae: null, rmse: null, r2: null };
  const mean = sum / rows;
  let spread = 0;
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 1) spread += (label[i] - mean) * (label[i] - mean);
  }
  const r2 = spread > 0 ? 1 - squares / spread : null;
  return { mae: absolute / rows, rmse: Math.sqrt(squares / rows), r2 };
}

function cut(probability: number): number {
  return Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability));
}
