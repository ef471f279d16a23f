/**
 * The metrics of a selection of rows, fast enough to follow a brush over half a million: predictions
 * are sorted once, a selection then takes a few passes. Definitions as in the stored analysis.
 */
import { ascending } from '../../chart/scatter_order';
import { lossesOf } from './losses';
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

/** A model's predictions, and what is known of them before any selection. */
interface Scored {
  readonly scores: Scores;
  readonly losses: Float32Array;
  /** Of binary tables; null otherwise. */
  readonly ranked: Ranked | null;
}

/** Rows in ascending order of the prediction. */
interface Ranked {
  readonly rows: Uint32Array;
  /** By place in that order: whether the label is 1, and which of the different predictions it is. */
  readonly positive: Uint8Array;
  readonly threshold: Uint32Array;
}

interface Prepared {
  /** 1: has a label and every prediction. */
  readonly counted: Uint8Array;
  readonly scored: readonly Scored[];
  readonly groups: Groups | null;
}

const known = new WeakMap<Table, Prepared>();

function prepared(table: Table): Prepared {
  const found = known.get(table);
  if (found) return found;
  const losses = lossesOf(table);
  const counted = new Uint8Array(table.rows);
  for (let i = 0; i < counted.length; i++) {
    const loss = losses.model[i] + (losses.baseline ? losses.baseline[i] : 0);
    counted[i] = loss - loss === 0 ? 1 : 0;
  }
  const scored = [scoredOf(table, table.model, losses.model)];
  if (table.baseline && losses.baseline) {
    scored.push(scoredOf(table, table.baseline, losses.baseline));
  }
  const made = { counted, scored, groups: groupCodes(table) };
  known.set(table, made);
  return made;
}

function scoredOf({ task, label }: Table, scores: Scores, losses: Float32Array): Scored {
  if (task !== 'binary') return { scores, losses, ranked: null };
  const rows = ascending(scores.prediction);
  const positive = new Uint8Array(rows.length);
  const threshold = new Uint32Array(rows.length);
  for (let k = 0; k < rows.length; k++) {
    positive[k] = label[rows[k]] === 1 ? 1 : 0;
    const same = k > 0 && scores.prediction[rows[k]] === scores.prediction[rows[k - 1]];
    threshold[k] = same ? threshold[k - 1] : k;
  }
  return { scores, losses, ranked: { rows, positive, threshold } };
}

export interface Groups {
  readonly codes: ArrayLike<number>;
  readonly count: number;
}

/** Who the rows are of, as places from 0 on; null: nobody. */
export function groupCodes({ group }: Table): Groups | null {
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
  const { counted, scored, groups } = prepared(table);
  const taken = mask ? both(counted, mask) : counted;
  const count = counts(table.label, taken);
  const [model, baseline] = scored.map((one) => valuesOf(table, one, taken, count));
  return {
    rows: count.rows,
    groups: groups && distinct(groups, taken),
    positives: table.task === 'binary' ? count.positives : null,
    model,
    baseline: baseline ?? null,
    difference: baseline ? less(model, baseline) : null,
  };
}

function both(one: Uint8Array, other: Uint8Array): Uint8Array {
  const found = new Uint8Array(one.length);
  for (let i = 0; i < found.length; i++) found[i] = one[i] & other[i];
  return found;
}

interface Count {
  readonly rows: number;
  readonly positives: number;
}

function counts(label: Float32Array, taken: Uint8Array): Count {
  let [rows, positives] = [0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    rows++;
    if (label[i] === 1) positives++;
  }
  return { rows, positives };
}

function distinct({ codes, count }: Groups, taken: Uint8Array): number {
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

function valuesOf(
  { task, label }: Table,
  { scores, losses, ranked }: Scored,
  taken: Uint8Array,
  count: Count,
): Values {
  switch (task) {
    case 'binary':
      return {
        ...ranking(ranked!, taken, count),
        ...binary(label, scores.prediction, losses, taken),
      };
    case 'multiclass':
      return multiclass(label, scores, losses, taken);
    case 'regression':
      return regression(label, scores.prediction, taken);
    default:
      return task satisfies never;
  }
}

/** AUROC by the rank sum and average precision by steps; equal predictions are one threshold. */
function ranking({ rows, positive, threshold }: Ranked, taken: Uint8Array, count: Count): Values {
  const { rows: all, positives } = count;
  const negatives = all - positives;
  if (positives === 0 || negatives === 0) return { auroc: null, average_precision: null };
  // Of the rows below the threshold, and of those on it.
  let below = 0;
  let positivesBelow = 0;
  let tied = 0;
  let positivesTied = 0;
  let area = 0;
  let precision = 0;
  let last = -1;
  for (let k = 0; k <= rows.length; k++) {
    if (k < rows.length && taken[rows[k]] === 0) continue;
    if (k === rows.length || threshold[k] !== last) {
      area += positivesTied * (below - positivesBelow + (tied - positivesTied) / 2);
      precision += positivesTied * ((positives - positivesBelow) / (all - below));
      below += tied;
      positivesBelow += positivesTied;
      tied = 0;
      positivesTied = 0;
      last = threshold[k];
    }
    tied++;
    positivesTied += positive[k];
  }
  return { auroc: area / (positives * negatives), average_precision: precision / positives };
}

function binary(
  label: Float32Array,
  prediction: Float32Array,
  losses: Float32Array,
  taken: Uint8Array,
): Values {
  let [rows, squares, logs, right] = [0, 0, 0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    const error = prediction[i] - label[i];
    rows++;
    squares += error * error;
    logs += losses[i];
    if (prediction[i] > 0.5 === (label[i] === 1)) right++;
  }
  return { brier: mean(squares, rows), log_loss: mean(logs, rows), accuracy: mean(right, rows) };
}

function mean(sum: number, rows: number): number | null {
  return rows > 0 ? sum / rows : null;
}

function multiclass(
  label: Float32Array,
  { prediction, probability }: Scores,
  losses: Float32Array,
  taken: Uint8Array,
): Values {
  let [rows, logs, right] = [0, 0, 0];
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 0) continue;
    rows++;
    if (prediction[i] === label[i]) right++;
    logs += losses[i];
  }
  return { accuracy: mean(right, rows), log_loss: probability ? mean(logs, rows) : null };
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
  let spread = 0;
  for (let i = 0; i < taken.length; i++) {
    if (taken[i] === 1) spread += (label[i] - sum / rows) ** 2;
  }
  const r2 = spread > 0 ? 1 - squares / spread : null;
  return { mae: absolute / rows, rmse: Math.sqrt(squares / rows), r2 };
}
