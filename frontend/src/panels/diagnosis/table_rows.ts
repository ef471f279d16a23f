/** All findings of the shown runs as rows: filtered, sorted; pure. */
import type { Diagnosis, Finding } from './answer';
import { depthOf } from './chain';
import { gravity } from './severity';
import type { Severity } from './severity';

export interface Row {
  readonly run: string;
  readonly finding: Finding;
  /** How many links from its cause; 0 for a cause. */
  readonly depth: number;
}

export const COLUMNS = ['severity', 'run', 'layer', 'rule', 'step'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sorting {
  readonly column: Column;
  readonly descending: boolean;
}

/** In the order of the runs, then as each diagnosis has them. */
export function rowsOf(diagnoses: readonly Diagnosis[]): readonly Row[] {
  return diagnoses.flatMap((of) => {
    const depths = depthOf(of);
    return of.findings.map((finding) => ({
      run: of.run,
      finding,
      depth: depths.get(finding.id) ?? 0,
    }));
  });
}

export function atLeast(rows: readonly Row[], least: Severity): readonly Row[] {
  return rows.filter(({ finding }) => gravity(finding.severity) >= gravity(least));
}

/** Rows of equal rank keep their order; what has no layer or step comes last either way. */
export function sorted(rows: readonly Row[], { column, descending }: Sorting): readonly Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [first, second] = [keyOf(a, column), keyOf(b, column)];
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null);
    }
    return sign * compared(first, second);
  });
}

function keyOf({ run, finding }: Row, column: Column): string | number | null {
  switch (column) {
    case 'severity':
      return gravity(finding.severity);
    case 'run':
      return run;
    case 'layer':
      return finding.layer;
    case 'rule':
      return finding.title;
    case 'step':
      return finding.firstStep;
    default:
      return column satisfies never;
  }
}

const NAMES = new Intl.Collator('en', { numeric: true });

/** layer2 before layer10. */
function compared(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : NAMES.compare(String(a), String(b));
}
