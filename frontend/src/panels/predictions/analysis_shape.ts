/** Whether JSON is what `Analysis` says: a log may come from another version, or anybody. */
import type { Analysis } from './analysis';

type Shape = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const OPERATORS: readonly unknown[] = ['==', '!=', '<', '<=', '>', '>=', 'missing'];

export const text: Shape = (value) => typeof value === 'string';
const flag: Shape = (value) => typeof value === 'boolean';
const count: Shape = (value) => typeof value === 'number';
/** `Num`. */
const num: Shape = (value) => count(value) || value === null || value === 'inf' || value === '-inf';

export function one(...known: readonly unknown[]): Shape {
  return (value) => known.includes(value);
}

export function list(of: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(of);
}

function maybe(of: Shape): Shape {
  return (value) => value === null || of(value);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(known: Readonly<Record<string, Shape>>): Shape {
  const all = Object.entries(known);
  return (value) => isFields(value) && all.every(([name, of]) => of(value[name]));
}

function mapping(of: Shape): Shape {
  return (value) => isFields(value) && Object.values(value).every(of);
}

const estimate = fields({ value: num, low: num, high: num });
const estimates = mapping(estimate);
const condition = fields({
  column: text,
  operator: one(...OPERATORS),
  value: (value) => count(value) || text(value),
});
const named = { text, conditions: list(condition) };
const metrics = fields({
  ...{ rows: count, groups: count, positives: maybe(count) },
  ...{ model: estimates, baseline: maybe(estimates), difference: maybe(estimates) },
});
const effect = fields({ rows: count, groups: count, effect: estimate, p: num, q: num });
const share = fields({ count, rows: count, groups: count });
const bins = list(fields({ low: count, high: count, rows: count, mean: num, share: estimate }));
const counts = list(list(count));
const reversal: Shape = (value) =>
  Array.isArray(value) && value.length === 2 && text(value[0]) && num(value[1]);

const analysis = fields({
  task: one('binary', 'multiclass', 'regression'),
  unit: one('group', 'row'),
  ...{ resamples: count, confidence: count, least_rows: count, least_groups: count },
  ...{ metrics, group_metrics: maybe(metrics) },
  calibration: maybe(fields({ model: bins, baseline: maybe(bins), error: estimate })),
  confusion: maybe(
    fields({
      ...{ classes: list(text), model: counts, baseline: maybe(counts) },
      threshold: maybe(count),
    }),
  ),
  strata: list(fields({ ...named, small: flag, metrics })),
  slices: list(
    fields({
      ...{ ...named, on: one('loss', 'gain'), found: effect, tested: effect, confirmed: flag },
    }),
  ),
  patterns: list(
    fields({
      ...{ ...named, source: one('user', 'found'), losses: share, wins: share },
      ...{ difference: estimate, p: num, q: num, verdict: one('pattern', 'none', 'unknown') },
    }),
  ),
  reversals: list(fields({ metric: text, column: text, pooled: num, strata: list(reversal) })),
  ...{ tried: count, notes: list(text) },
});

export function isAnalysis(value: unknown): value is Analysis {
  return analysis(value);
}
