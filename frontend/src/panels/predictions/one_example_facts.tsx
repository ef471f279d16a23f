/** Who a row is of, what it says, and how far model and baseline are off. */
import type { JSX } from 'preact';
import { grouped, valueLabel } from '../../chart/axis';
import type { Fact } from '../../figures/unit_facts';
import { shortened } from '../../ui/name';
import { columnText, timeTeller } from './axes';
import { lossesOf } from './losses';
import { labelText, scoreText } from './row_facts';
import type { Table } from './table';

export function RowFacts({
  table,
  row,
}: {
  readonly table: Table;
  readonly row: number;
}): JSX.Element {
  return (
    <dl class="example-facts">
      {factsOf(table, row).map(([name, text], i) => (
        <div key={i}>
          <dt>{shortened(name, 40)}</dt>
          <dd>{shortened(text, 60)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** "user 12, row 4,711". */
export function rowTitle({ group }: Table, row: number): string {
  const place = `row ${grouped(row)}`;
  return group ? `${shortened(columnText(group, row), 60)}, ${place}` : place;
}

function factsOf(table: Table, row: number): readonly Fact[] {
  const { model, baseline, time, columns, task } = table;
  const losses = lossesOf(table);
  const lost = task === 'regression' ? 'error' : 'log loss';
  const gain = losses.gain[row];
  return [
    ...(time ? [['time', timeTeller(time)(time[row])] as const] : []),
    ['label', labelText(table, row)],
    ['model', scoreText(table, model, row)],
    ...(baseline ? [['baseline', scoreText(table, baseline, row)] as const] : []),
    ...(Number.isNaN(losses.model[row]) ? [] : [[lost, valueLabel(losses.model[row], 3)] as const]),
    ...(baseline && !Number.isNaN(gain)
      ? [[gain >= 0 ? 'wins by' : 'loses by', valueLabel(Math.abs(gain), 3)] as const]
      : []),
    ...columns.map((one) => [one.name, columnText(one, row)] as const),
  ];
}
