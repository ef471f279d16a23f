/** A coarse mark per record from its last scalars, to find the sick layer without looking at all. */
import { amnesiaVerdict } from './amnesia';
import type { RecordInfo, RunInfo } from './api';
import type { Kind } from './wire';

export type Mark = 'unknown' | 'good' | 'warning' | 'bad';

export interface Health {
  readonly mark: Mark;
  /** In a few words: "12 of 16 units dead". */
  readonly words: string;
  /** Greater is worse; orders records of one kind. */
  readonly badness: number;
}

const UNKNOWN: Health = { mark: 'unknown', words: 'no statistics', badness: -1 };

export function health(record: RecordInfo): Health {
  const last = record.last;
  if (!last) return UNKNOWN;
  switch (record.kind) {
    case 'activations':
      return ofActivations(last);
    case 'preactivations':
      return ofPreactivations(last);
    case 'input_gradients':
      return ofGradients(last);
    case 'health':
      return ofTraining(last);
    case 'gates':
    case 'jacobian':
    case 'untrained':
    case 'graph':
    case 'recorder':
    case 'setup':
    case 'predictions':
    case 'check':
    case 'examples':
      return UNKNOWN;
    default:
      return record.kind satisfies never;
  }
}

/** The worst-looking record of a kind; the first of equals. */
export function sickest(
  runs: readonly RunInfo[],
  kind: Kind,
): { readonly run: string; readonly name: string } | null {
  let found: { run: string; name: string; badness: number } | null = null;
  for (const run of runs) {
    for (const record of run.records) {
      if (record.kind !== kind) continue;
      const { badness } = health(record);
      if (!found || badness > found.badness) found = { run: run.name, name: record.name, badness };
    }
  }
  return found;
}

type Scalars = Readonly<Record<string, number>>;

function ofActivations({ units, dead, constant, nonfinite_units: broken }: Scalars): Health {
  if (broken > 0)
    return bad(`${broken} of ${units} units with NaN or infinity`, 3 + broken / units);
  const silent = (dead + constant) / units;
  const words = [
    dead > 0 ? `${dead} of ${units} units dead` : '',
    constant > 0 ? `${constant} of ${units} constant over time` : '',
  ];
  const said = words.filter(Boolean).join(', ') || `all ${units} units alive`;
  return graded(silent, 0.1, 0.5, said);
}

function ofPreactivations({ count, nonfinite, negative }: Scalars): Health {
  if (nonfinite > 0) {
    return bad(
      nonfinite === 1 ? '1 value is NaN or infinite' : `${nonfinite} values are NaN or infinite`,
      3,
    );
  }
  const share = negative / count;
  const said = `${percent(share)} of values below zero`;
  // Half below zero is what an untrained layer does; only the tail means trouble.
  return graded(Math.max(0, share - 0.5) * 2, 0.8, 0.98, said);
}

function ofGradients(last: Scalars): Health {
  const { words, mark } = amnesiaVerdict(last);
  // A blind net comes before any that only forgets as much.
  const floor = { unknown: -1, good: 0, warning: 3, bad: 6 }[mark];
  return { mark, words, badness: mark === 'unknown' ? -1 : Math.max(floor, last.drop_decades) };
}

/** Gradients by the layers' outputs, which a recorder keeps apart, say nothing of weights. */
function ofTraining(last: Scalars): Health {
  if (!(last.parameters > 0)) return UNKNOWN;
  const { nonfinite_weights: weights, nonfinite_gradients: gradients } = last;
  if (weights > 0) return bad(`${weights} weights are NaN or infinite`, 6);
  if (gradients > 0) return bad(`${gradients} gradients are NaN or infinite`, 5);
  return { mark: 'good', words: 'weights and gradients are finite', badness: 0 };
}

function graded(badness: number, warning: number, limit: number, words: string): Health {
  const mark = badness >= limit ? 'bad' : badness >= warning ? 'warning' : 'good';
  return { mark, words, badness };
}

function bad(words: string, badness: number): Health {
  return { mark: 'bad', words, badness };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0.99 && share < 1 ? 1 : 0)} %`;
}
