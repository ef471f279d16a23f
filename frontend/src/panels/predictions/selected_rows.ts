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
  if (!brush && category === null && !condition) return null;
  const found = brush ? inside(x.at, y.at, brush) : new Uint8Array(codes.length).fill(1);
  for (let i = 0; i < found.length; i++) {
    if (category !== null && codes[i] !== category) found[i] = 0;
    else if (condition && condition[i] === 0) found[i] = 0;
  }
  return found;
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
