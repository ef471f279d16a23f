/** Which strata a forest plot shows, in which order, and as what; pure. */
import { grouped } from '../../../chart/axis';
import type { Forest, ForestLook, ForestMark, ForestRow } from '../../../chart/forest';
import type { Analysis, Stratum } from '../analysis';
import { textOf } from '../condition';
import type { Sort } from './choices';
import { lowerIsBetter, metricLimits, metricTitle } from './metric_words';
import { commonDigits, estimateText, intervalOf, numberOf } from './numbers';

export interface StrataWish {
  readonly metric: string;
  readonly shows: 'both' | 'difference';
  readonly sort: Sort;
  /** Null: all. */
  readonly column: string | null;
  readonly pairs: boolean;
}

/** The columns a stratum is made by. */
export function columnsOf({ conditions }: Stratum): readonly string[] {
  return [...new Set(conditions.map(({ column }) => column))];
}

export function isPair(stratum: Stratum): boolean {
  return columnsOf(stratum).length > 1;
}

/** In order; small strata come last and keep the order of the columns, for they are not ranked. */
export function wantedStrata(strata: readonly Stratum[], wish: StrataWish): readonly Stratum[] {
  const wanted = strata.filter(
    (stratum) =>
      (wish.pairs || !isPair(stratum)) &&
      (wish.column === null || columnsOf(stratum).includes(wish.column)),
  );
  const [large, small] = [wanted.filter((one) => !one.small), wanted.filter((one) => one.small)];
  return [...ordered(large, wish), ...small];
}

/** The worst first: what one looks for. */
function ordered(strata: readonly Stratum[], wish: StrataWish): readonly Stratum[] {
  if (wish.sort === 'column') return strata;
  if (wish.sort === 'size') return sortedBy(strata, ({ metrics }) => -metrics.rows);
  const sign = lowerIsBetter(wish.metric) ? -1 : 1;
  return sortedBy(strata, (stratum) => sign * valueOf(stratum, wish));
}

/** Stable; what is not defined comes last. */
function sortedBy(
  strata: readonly Stratum[],
  key: (stratum: Stratum) => number,
): readonly Stratum[] {
  const keyed = strata.map((stratum) => ({ stratum, by: key(stratum) }));
  keyed.sort((a, b) => {
    if (Number.isNaN(a.by) || Number.isNaN(b.by)) return +Number.isNaN(a.by) - +Number.isNaN(b.by);
    return a.by - b.by;
  });
  return keyed.map(({ stratum }) => stratum);
}

function valueOf({ metrics }: Stratum, { shows, metric }: StrataWish): number {
  const estimates = shows === 'difference' ? metrics.difference : metrics.model;
  return numberOf(estimates?.[metric]?.value);
}

/** The same stratum in another analysis, by its conditions. */
export function strataByText(analysis: Analysis): ReadonlyMap<string, Stratum> {
  return new Map(analysis.strata.map((stratum) => [textOf(stratum.conditions), stratum]));
}

/** What is drawn of each analysis: its model's look and its baseline's. */
export interface StrataLooks {
  readonly looks: readonly ForestLook[];
  /** Indices into `looks` of each analysis. */
  readonly of: readonly { readonly model: number; readonly baseline: number | null }[];
}

/** The forest plot of some strata of the first analysis, beside the same strata of the others. */
export function strataForest(
  strata: readonly Stratum[],
  analyses: readonly Analysis[],
  wish: StrataWish,
  { looks, of }: StrataLooks,
): Forest {
  const others = analyses.slice(1).map(strataByText);
  const isDifference = wish.shows === 'difference';
  const marked = strata.map((stratum) => {
    const key = textOf(stratum.conditions);
    const twins = [stratum, ...others.map((known) => known.get(key))];
    return twins.flatMap((twin, i) => (twin ? marksOf(twin, wish, of[i]) : []));
  });
  const digits = commonDigits(marked.flatMap((marks) => marks.slice(0, 1)));
  const rows = strata.map((stratum, i): ForestRow => {
    const [first] = marked[i];
    return {
      label: stratum.text,
      marks: marked[i],
      text: first ? estimateText(first, isDifference, digits) : '',
      note: `${grouped(stratum.metrics.rows)} rows`,
      muted: stratum.small,
    };
  });
  const title = metricTitle(wish.metric);
  // Beside the marks of several analyses the numbers are those of the first.
  const whose = analyses.length > 1 ? looks[of[0].model].name.replace(/^model/, '') : '';
  const better = lowerIsBetter(wish.metric) ? 'less is better' : 'more is better';
  return {
    rows,
    looks,
    references: isDifference ? [{ value: 0, label: 'no difference' }] : overall(analyses[0], wish),
    axis: `${title}${isDifference ? ', model − baseline' : ''} (${better})`,
    limits: isDifference ? undefined : metricLimits(wish.metric),
    textTitle: isDifference ? `difference${whose}` : `model${whose}`,
  };
}

function marksOf(
  { metrics }: Stratum,
  { metric, shows }: StrataWish,
  look: StrataLooks['of'][number],
): readonly ForestMark[] {
  if (shows === 'difference') {
    return [{ ...intervalOf(metrics.difference?.[metric]), look: look.model }];
  }
  const model = { ...intervalOf(metrics.model[metric]), look: look.model };
  if (look.baseline === null || !metrics.baseline) return [model];
  return [model, { ...intervalOf(metrics.baseline[metric]), look: look.baseline }];
}

/** The model's value over all rows, as a line to hold the strata against. */
function overall({ metrics }: Analysis, { metric }: StrataWish): Forest['references'] {
  const value = numberOf(metrics.model[metric]?.value);
  return Number.isFinite(value) ? [{ value, label: 'all rows' }] : [];
}
