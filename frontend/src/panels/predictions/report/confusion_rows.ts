/** What a confusion matrix shows of itself: cells with shares, or its most common confusions; pure. */
import type { Confusion } from '../analysis';

type Counts = readonly (readonly number[])[];

/** More classes than this are a list of confusions, not a table. */
export const MOST_CLASSES = 30;
/** Up to so many the counts are written into the cells. */
export const FEW_CLASSES = 8;

/** Of the rows with each label, the share predicted as each class; NaN where there are none. */
export function rowShares(counts: Counts): Counts {
  return counts.map((row) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => count / all);
  });
}

export interface TopConfusion {
  readonly label: number;
  readonly predicted: number;
  readonly model: number;
  /** Null: no baseline. */
  readonly baseline: number | null;
  /** Of the rows with this label. */
  readonly share: number;
}

/** The cells beside the diagonal with the most rows. */
export function topConfusions(
  { model, baseline }: Confusion,
  most: number,
): readonly TopConfusion[] {
  const found: TopConfusion[] = [];
  model.forEach((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    row.forEach((count, predicted) => {
      if (label === predicted || count === 0) return;
      const other = baseline?.[label]?.[predicted] ?? null;
      found.push({ label, predicted, model: count, baseline: other, share: count / all });
    });
  });
  return found.sort((a, b) => b.model - a.model).slice(0, most);
}
