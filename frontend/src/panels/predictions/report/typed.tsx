/** A condition of the person's own: its share among losses and wins, and the metrics of its rows. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { grouped, percentLabel, valueLabel } from '../../../chart/axis';
import { condition } from '../choices';
import { ConditionField } from '../condition_field';
import { rowMetrics, type RowMetrics } from '../row_metrics';
import { conditionRows, countOf } from '../selected_rows';
import type { Table } from '../table';
import type { Analysed } from './looks';
import { compareSides, lossSets, type Comparison, type SideShare } from './loss_sets';
import { lowerIsBetter, metricTitle } from './metric_words';
import { estimateText } from './numbers';
import { counted } from './sentence';
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
      {mask && <Answer {...{ table, mask }} least={analysis.least_groups} />}
    </div>
  );
}

function Answer({
  table,
  mask,
  least,
}: {
  readonly table: Table;
  readonly mask: Uint8Array;
  /** Of fewer groups nothing can be told. */
  readonly least: number;
}): JSX.Element {
  const sets = useMemo(() => lossSets(table), [table]);
  const compared = useMemo(() => compareSides(table, sets, mask), [table, sets, mask]);
  const inside = useMemo(() => rowMetrics(table, mask), [table, mask]);
  const outside = useMemo(() => rowMetrics(table, inverse(mask)), [table, mask]);
  const count = countOf(mask);
  if (count === 0) return <p class="muted">It holds for no row.</p>;
  return (
    <>
      <p>
        {counted(count, 'row')}, {percentLabel(count / table.rows)} of all
        {inside.groups !== null && `, of ${counted(inside.groups, 'group')}`}.{' '}
        {verdict(compared, least)}
      </p>
      <ShareBars {...compared} isPattern={compared.difference.low > 0} />
      <p class="small muted">
        {estimateText(compared.difference, true)}: {sideWords(compared.losses)} losses,{' '}
        {sideWords(compared.wins)} wins. Losses are {sets.rule}. The interval is of the two shares’
        linearised difference, with {table.group ? 'groups' : 'rows'} as witnesses. Of many
        conditions tried, some are patterns by chance.
      </p>
      <Sides {...{ inside, outside }} />
    </>
  );
}

function inverse(mask: Uint8Array): Uint8Array {
  return mask.map((one) => 1 - one);
}

function sideWords({ count, rows, groups }: SideShare): string {
  return `${grouped(count)} of ${grouped(rows)} (${counted(groups, 'group')})`;
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

/** The metrics of its rows, beside those of all others. */
function Sides({
  inside,
  outside,
}: {
  readonly inside: RowMetrics;
  readonly outside: RowMetrics;
}): JSX.Element {
  const names = Object.keys(inside.model);
  const told = (value: number | null | undefined): string =>
    value === null || value === undefined ? 'n/a' : valueLabel(value, 3);
  const columns = [inside, outside].flatMap(({ model, baseline }) =>
    baseline ? [model, baseline] : [model],
  );
  const heads = inside.baseline ? ['model', 'baseline'] : ['model'];
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Metrics of its rows">
      <table class="report-table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            {['its rows', 'others'].flatMap((where) =>
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
                <td key={i}>{told(column[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
