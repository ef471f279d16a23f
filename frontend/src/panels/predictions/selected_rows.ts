/** Which rows are selected: those in the rectangle, of the category, and where the condition holds. */
import { inside, type ScatterAxis, type ScatterWindow } from '../../chart/scatter';
import { ConditionError, matches, parse } from './condition';
import type { Table } from './table';

export interface Selecting {
  readonly brush: ScatterWindow | null;
  /** A code of the colouring; null: all. */
  readonly category: number | null;
  readonly codes: Uint8Array;
  readonly condition: Uint8Array | null;
}

/** 1 where all hold; null where nothing is asked for. */
export function selectedRows(
  x: ScatterAxis,
  y: ScatterAxis,
  { brush, category, codes, condition }: Selecting,
): Uint8Array | null {
  const masks: Uint8Array[] = [];
  if (brush) masks.push(inside(x.at, y.at, brush));
  if (category !== null) masks.push(codes.map((code) => Number(code === category)));
  if (condition) masks.push(condition);
  const [first, ...others] = masks;
  if (!first) return null;
  if (others.length === 0) return first;
  return first.map((one, i) => Number(one !== 0 && others.every((mask) => mask[i] !== 0)));
}

export function countOf(mask: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) count++;
  return count;
}

export interface Condition {
  /** 1 where it holds; null where there is none, or it can't be read. */
  readonly mask: Uint8Array | null;
  readonly error: string | null;
}

/** `text` null or blank: no condition. */
export function conditionRows(table: Table, text: string | null): Condition {
  if (text === null || text.trim() === '') return { mask: null, error: null };
  try {
    return { mask: matches(table, parse(text)), error: null };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return { mask: null, error: error.message };
  }
}
