/** Metrics by name: what they are called, which way is better, where they end; pure. */
import type { Interval } from '../../../chart/forest';
import type { Analysis, Metrics } from '../analysis';

interface Words {
  readonly title: string;
  /** Whether less is better. */
  readonly lower?: boolean;
  readonly limits?: readonly [number, number];
}

const SHARE = [0, 1] as const;
const POSITIVE = [0, Infinity] as const;

const METRICS: Readonly<Record<string, Words>> = {
  auroc: { title: 'AUROC', limits: SHARE },
  macro_auroc: { title: 'Macro AUROC', limits: SHARE },
  average_precision: { title: 'Average precision', limits: SHARE },
  accuracy: { title: 'Accuracy', limits: SHARE },
  balanced_accuracy: { title: 'Balanced accuracy', limits: SHARE },
  f1: { title: 'F1', limits: SHARE },
  brier: { title: 'Brier score', lower: true, limits: SHARE },
  log_loss: { title: 'Log loss', lower: true, limits: POSITIVE },
  mae: { title: 'MAE', lower: true, limits: POSITIVE },
  rmse: { title: 'RMSE', lower: true, limits: POSITIVE },
  r2: { title: 'R²', limits: [-Infinity, 1] },
};

export function metricTitle(name: string): string {
  return METRICS[name]?.title ?? name;
}

export function lowerIsBetter(name: string): boolean {
  return METRICS[name]?.lower ?? false;
}

export function metricLimits(name: string): readonly [number, number] | undefined {
  return METRICS[name]?.limits;
}

/** What is spoken of first, by task. */
const FIRST: Readonly<Record<Analysis['task'], readonly string[]>> = {
  binary: ['auroc', 'average_precision', 'log_loss'],
  multiclass: ['accuracy', 'log_loss', 'auroc'],
  regression: ['mae', 'rmse', 'r2'],
};

/** The metrics of an analysis, in its own order. */
export function metricNames({ model }: Metrics): readonly string[] {
  return Object.keys(model);
}

export function firstMetric({ task, metrics }: Analysis): string {
  const names = metricNames(metrics);
  return FIRST[task].find((name) => names.includes(name)) ?? names[0] ?? '';
}

/** What a difference model - baseline says, by its interval. */
export type Verdict = 'better' | 'worse' | 'same' | 'unknown';

export function verdictOf(name: string, { value, low, high }: Interval): Verdict {
  if ([value, low, high].some(Number.isNaN)) return 'unknown';
  const sign = lowerIsBetter(name) ? -1 : 1;
  const [least, most] = [Math.min(sign * low, sign * high), Math.max(sign * low, sign * high)];
  if (least > 0) return 'better';
  return most < 0 ? 'worse' : 'same';
}

/** Beside the difference; one without an interval says nothing. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  better: 'better',
  worse: 'worse',
  same: 'not told apart',
  unknown: '',
};
