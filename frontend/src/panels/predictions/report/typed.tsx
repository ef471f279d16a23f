/** A condition of the person's own: its share among losses and wins, and the metrics of its rows. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { percentLabel, valueLabel } from '../../../chart/axis';
import type { Analysis, Metrics } from '../analysis';
import { condition } from '../choices';
import { ConditionField } from '../condition_field';
import { rowMetrics, type RowMetrics } from '../row_metrics';
import { conditionRows, countOf } from '../selected_rows';
import type { Table } from '../table';
import { useAfter } from '../use_after';
import type { Analysed } from './looks';
import { compareSides, lossSets, type Comparison } from './loss_sets';
import { lowerIsBetter, metricTitle } from './metric_words';
import { estimateText, numberOf } from './numbers';
import { counted, shareWords } from './sentence';
import { ShareBars } from './share_bars';

export function Typed({ of: { view, analysis } }: { readonly of: Analysed }): JSX.Element | null {
  const table = view.table!;
  const text = condition.value;
  const { mask, error } = useMemo(() => conditionRows(table, text), [table, text]);
  if (table.columns.length === 0) return null;
  return (
    <div class="report-typed">
      <h4>A condition of your own</h4>
      <ConditionField table={table} problem={error} />
      {mask && <Answer {...{ table, mask, analysis }} />}
    </div>
  );
}

/** Milliseconds of rest before half a million rows are gone through. */
const REST = 60;

interface AnswerProps {
  readonly table: Table;
  readonly mask: Uint8Array;
  readonly analysis: Analysis;
}

function Answer({ table, mask, analysis }: AnswerProps): JSX.Element | null {
  const made = useAfter([table, mask], REST, () => {
    const sets = lossSets(table);
    const compared = compareSides(table, sets, mask);
    return { rule: sets.rule, compared, count: countOf(mask), inside: rowMetrics(table, mask) };
  });
  if (!made) return null;
  const { rule, compared, count, inside } = made;
  if (count === 0) return <p class="muted">It holds for no row.</p>;
  const { unit } = analysis;
  return (
    <>
      <p>
        {counted(count, 'row')}, {percentLabel(count / table.rows)} of all
        {inside.groups !== null && `, of ${counted(inside.groups, 'group')}`}.{' '}
        {verdict(compared, analysis.least_groups)}
      </p>
      <ShareBars {...compared} isPattern={compared.difference.low > 0} />
      <p class="small muted">
        {estimateText(compared.difference, true)}: {shareWords(compared.losses, 'losses', unit)},{' '}
        {shareWords(compared.wins, 'wins', unit)}. Losses are {rule}. The interval is of the two
        shares’ linearised difference, with {unit === 'group' ? 'groups' : 'rows'} as witnesses. Of
        many conditions tried, some are patterns by chance.
      </p>
      <Sides inside={inside} all={analysis.metrics} />
    </>
  );
}

function verdict({ losses, wins, difference }: Comparison, least: number): string {
  const { low, high } = difference;
  const few =
    Math.min(losses.witnesses, wins.witnesses) < least ||
    Math.max(losses.groups, wins.groups) < least;
  if (few || Number.isNaN(low)) return 'Too few to tell.';
  if (low > 0) return 'More common among the losses than among the wins.';
  if (high < 0) return 'More common among the wins than among the losses.';
  return 'No pattern: about as common among the wins as among the losses.';
}

/** The metrics of its rows, beside those of all. */
function Sides({
  inside,
  all,
}: {
  readonly inside: RowMetrics;
  readonly all: Metrics;
}): JSX.Element {
  const names = Object.keys(inside.model);
  const told = (value: number): string => (Number.isNaN(value) ? 'n/a' : valueLabel(value, 3));
  const columns: readonly ((name: string) => number)[] = [
    ...[inside.model, inside.baseline].flatMap((of) =>
      of ? [(name: string) => of[name] ?? NaN] : [],
    ),
    ...[all.model, all.baseline].flatMap((of) =>
      of ? [(name: string) => numberOf(of[name]?.value)] : [],
    ),
  ];
  const heads = inside.baseline ? ['model', 'baseline'] : ['model'];
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Metrics of its rows">
      <table class="report-table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            {['its rows', 'all rows'].flatMap((where) =>
              heads.map((whose) => (
                <th key={where + whose} scope="col">
                  {where}, {whose}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name} class="first">
              <th scope="row">
                {metricTitle(name)}
                {lowerIsBetter(name) && ' ↓'}
              </th>
              {columns.map((column, i) => (
                <td key={i}>{told(column(name))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
