/** What an analysis says over all rows, in sentences; pure. */
import { grouped } from '../../../chart/axis';
import type { Analysis, Metrics, Share } from '../analysis';
import { firstMetric, metricTitle, verdictOf, type Verdict } from './metric_words';
import { estimateText, intervalOf, numberOf, valueText } from './numbers';

const OPENINGS: Readonly<Record<Verdict, string>> = {
  better: 'Better than the baseline',
  worse: 'Worse than the baseline',
  same: 'No better and no worse than the baseline, as far as these rows can tell',
  unknown: 'Too little to tell whether it is better than the baseline',
};

/** "Better than the baseline: AUROC 0.83 [...] against 0.74 [...], difference +0.09 [...]." */
export function verdictSentence(analysis: Analysis): string {
  const { metrics } = analysis;
  const name = firstMetric(analysis);
  const title = metricTitle(name);
  const model = `${title} ${estimateText(intervalOf(metrics.model[name]))}`;
  if (!metrics.baseline || !metrics.difference) return `${model}; no baseline was given.`;
  const difference = intervalOf(metrics.difference[name]);
  const baseline = estimateText(intervalOf(metrics.baseline[name]));
  const opening = OPENINGS[verdictOf(name, difference)];
  return `${opening}: ${model} against ${baseline}, difference ${estimateText(difference, true)}.`;
}

/** For the card's title: "AUROC 0.836, better than the baseline". */
export function headlineOf(analysis: Analysis): string {
  const { metrics } = analysis;
  const name = firstMetric(analysis);
  const found = `${metricTitle(name)} ${valueText(intervalOf(metrics.model[name]))}`;
  if (!metrics.difference) return found;
  const opening = OPENINGS[verdictOf(name, intervalOf(metrics.difference[name]))];
  return `${found}, ${opening.split(',')[0].toLowerCase()}`;
}

/** How the intervals came about. */
export function methodSentence(analysis: Analysis, group: string | null): string {
  const { unit, resamples, confidence, metrics } = analysis;
  const share = `${Number((100 * confidence).toPrecision(3))} %`;
  const start = `${share} intervals over the`;
  const by = group === null || group === 'group' ? '' : ` (by ${group})`;
  const times = resamples > 0 ? `${grouped(resamples)} resamples` : 'by influence';
  if (unit === 'row') {
    return `${start} ${counted(metrics.rows, 'row')} (${times}). Where several rows are of one user they are too narrow: pass groups=.`;
  }
  return `${start} ${counted(metrics.groups, 'group')}${by}, each with all its rows (${times}, the same for model and baseline).`;
}

/** "9,710 rows with a label, 2,000 groups, 31 % positive". */
export function rowsText({ rows, groups, positives }: Metrics, unit: Analysis['unit']): string {
  const share = positives === null || rows === 0 ? null : Math.round((100 * positives) / rows);
  return [
    `${counted(rows, 'row')} with a label`,
    unit === 'group' ? counted(groups, 'group') : '',
    share === null ? '' : `${share} % positive`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** "41 of 100 losses (19 groups)": whose rows are counted matters where a user has several. */
export function shareWords(
  { count, rows, groups }: Share,
  what: string,
  unit: Analysis['unit'],
): string {
  const told = `${grouped(count)} of ${grouped(rows)} ${what}`;
  return unit === 'group' ? `${told} (${counted(groups, 'group')})` : told;
}

export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** What a reversal says: the metric's difference over all rows and in the strata. */
export function reversalSentence({
  metric,
  column,
  pooled,
}: Analysis['reversals'][number]): string {
  const verdict = verdictOf(metric, { value: pooled, low: pooled, high: pooled });
  const [here, there] = verdict === 'better' ? ['better', 'worse'] : ['worse', 'better'];
  const amount = estimateText({ value: numberOf(pooled), low: NaN, high: NaN }, true);
  return `Over all rows the model is ${here} than the baseline (${metricTitle(metric)} ${amount}), within the strata of ${column} it is ${there}:`;
}
