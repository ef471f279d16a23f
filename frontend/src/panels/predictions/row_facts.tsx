/** What is said of one row: who, when, label, predictions, columns. */
import type { JSX } from 'preact';
import { grouped, valueLabel } from '../../chart/axis';
import { Facts } from '../../figures/cell_tip';
import type { Fact } from '../../figures/unit_facts';
import { shortened } from '../../ui/name';
import { columnText, timeTeller } from './axes';
import { lossesOf } from './losses';
import type { Scores, Table } from './table';

/** More columns than these make a card longer than the picture. */
const MOST_COLUMNS = 8;

export function RowTip({
  table,
  row,
}: {
  readonly table: Table;
  readonly row: number;
}): JSX.Element {
  const { group } = table;
  const title = group ? columnText(group, row) : `row ${grouped(row)}`;
  return (
    <>
      <strong>{shortened(title, 60)}</strong>
      <Facts facts={rowFacts(table, row)} />
    </>
  );
}

function rowFacts(table: Table, row: number): Fact[] {
  const { model, baseline, time, columns, group } = table;
  const { gain } = lossesOf(table);
  const more = columns.length - MOST_COLUMNS;
  return [
    ...(group ? [['row', grouped(row)] as const] : []),
    ...(time ? [['time', timeTeller(time)(time[row])] as const] : []),
    ['label', labelText(table, row)],
    ['model', scoreText(table, model, row)],
    ...(baseline ? [['baseline', scoreText(table, baseline, row)] as const] : []),
    ...(baseline && !Number.isNaN(gain[row])
      ? [[gain[row] >= 0 ? 'wins by' : 'loses by', valueLabel(Math.abs(gain[row]), 2)] as const]
      : []),
    ...columns
      .slice(0, MOST_COLUMNS)
      .map((one) => [shortened(one.name, 30), shortened(columnText(one, row), 40)] as const),
    ...(more > 0 ? [['', `and ${more} more`] as const] : []),
  ];
}

/** The class's name, or the value; "none" where there is no label. */
export function labelText({ label, classes, task }: Table, row: number): string {
  const value = label[row];
  if (Number.isNaN(value)) return 'none';
  return task === 'regression' ? valueLabel(value) : shortened(classes?.[value] ?? `${value}`, 40);
}

export function scoreText({ task, classes }: Table, scores: Scores, row: number): string {
  const value = scores.prediction[row];
  if (Number.isNaN(value)) return 'none';
  if (task !== 'multiclass') return valueLabel(value, 3);
  const own = scores.probability?.[row];
  const name = shortened(classes?.[value] ?? `${value}`, 30);
  return own === undefined ? name : `${name} (label: ${valueLabel(own, 2)})`;
}
