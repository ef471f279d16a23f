/** Which rows to look at first: the most certain errors, and where the model wins and loses. */
import { ascending } from '../../chart/scatter_order';
import { lossesOf } from './losses';
import { groupCodes } from './row_metrics';
import type { Table } from './table';

export interface RowList {
  readonly title: string;
  /** What orders it, for people. */
  readonly rule: string;
  readonly rows: readonly number[];
}

interface Walk extends Omit<RowList, 'rows'> {
  readonly score: Float32Array;
  /** From the greatest score down, or from the least up. */
  readonly down: boolean;
  readonly holds: (row: number) => boolean;
}

export interface ListOptions {
  /** Only of these rows; null: of all. */
  readonly mask: Uint8Array | null;
  /** At most one row of each user. */
  readonly onePerUser: boolean;
  readonly most: number;
}

export function rowLists(table: Table, options: ListOptions): readonly RowList[] {
  return walksOf(table).map((walk) => ({
    title: walk.title,
    rule: walk.rule,
    rows: walked(table, walk, options),
  }));
}

/** A score is sorted once, however often the selection changes. */
const orders = new WeakMap<Float32Array, Uint32Array>();

function orderOf(score: Float32Array): Uint32Array {
  const order = orders.get(score) ?? ascending(score);
  orders.set(score, order);
  return order;
}

function walked(table: Table, walk: Walk, { mask, onePerUser, most }: ListOptions): number[] {
  const order = orderOf(walk.score);
  const codes = onePerUser ? groupsOf(table) : null;
  const seen = new Set<number>();
  const found: number[] = [];
  for (let k = 0; k < order.length && found.length < most; k++) {
    const row = order[walk.down ? order.length - 1 - k : k];
    if ((mask && mask[row] === 0) || !walk.holds(row)) continue;
    if (codes && seen.has(codes[row])) continue;
    if (codes) seen.add(codes[row]);
    found.push(row);
  }
  return found;
}

const known = new WeakMap<Table, ArrayLike<number> | null>();

function groupsOf(table: Table): ArrayLike<number> | null {
  const kept = known.get(table);
  if (kept !== undefined) return kept;
  const codes = groupCodes(table)?.codes ?? null;
  known.set(table, codes);
  return codes;
}

function walksOf(table: Table): readonly Walk[] {
  return [...errorsOf(table), ...gainsOf(table)];
}

function errorsOf(table: Table): readonly Walk[] {
  const { task, label, model } = table;
  const { prediction } = model;
  switch (task) {
    case 'binary':
      return [
        {
          title: 'False positives',
          rule: 'the highest probabilities with label 0',
          score: prediction,
          down: true,
          holds: (row) => label[row] === 0,
        },
        {
          title: 'False negatives',
          rule: 'the lowest probabilities with label 1',
          score: prediction,
          down: false,
          holds: (row) => label[row] === 1,
        },
      ];
    case 'multiclass':
      return [
        {
          title: 'Largest errors',
          rule: 'the wrong class, and the lowest probability of the label',
          score: lossesOf(table).model,
          down: true,
          holds: (row) => prediction[row] !== label[row],
        },
      ];
    case 'regression': {
      const error = errorOf(table);
      return [
        {
          title: 'Overestimates',
          rule: 'the prediction furthest above the label',
          score: error,
          down: true,
          holds: (row) => error[row] > 0,
        },
        {
          title: 'Underestimates',
          rule: 'the prediction furthest below the label',
          score: error,
          down: false,
          holds: (row) => error[row] < 0,
        },
      ];
    }
    default:
      return task satisfies never;
  }
}

const errors = new WeakMap<Table, Float32Array>();

function errorOf(table: Table): Float32Array {
  const error =
    errors.get(table) ?? table.model.prediction.map((value, i) => value - table.label[i]);
  errors.set(table, error);
  return error;
}

function gainsOf(table: Table): readonly Walk[] {
  const { gain } = lossesOf(table);
  if (!table.baseline) {
    const rule = 'the smallest loss';
    return [{ title: 'Best', rule, score: gain, down: true, holds: () => true }];
  }
  return [
    {
      title: 'Wins',
      rule: 'where the baseline’s loss exceeds the model’s most',
      score: gain,
      down: true,
      holds: (row) => gain[row] > 0,
    },
    {
      title: 'Losses',
      rule: 'where the model’s loss exceeds the baseline’s most',
      score: gain,
      down: false,
      holds: (row) => gain[row] < 0,
    },
  ];
}
