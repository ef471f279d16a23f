/** A row that the recorder did not look into: its input where the table keeps it, and what to do. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import { clamped, whole, type Window } from '../../chart/heatmap_window';
import type { Hover } from '../../figures/heatmap_figure';
import { clock } from '../../figures/view_state';
import { Name } from '../../ui/name';
import type { View } from '../predictions';
import { columnText } from './axes';
import { row as chosen } from './choices';
import { rowTitle } from './one_example_facts';
import { keptSeries, type Series } from './one_example_data';
import { SeriesPlot } from './one_example_series';
import { ExampleTip } from './one_example_tip';
import { ClockChoice } from './one_example_tools';
import type { Table } from './table';

interface Props {
  readonly view: View;
  readonly table: Table;
  readonly row: number;
  /** Those that were looked into. */
  readonly rows: readonly number[];
  /** Why it is not known which, or null. */
  readonly reason: string | null;
}

const MOST = 24;

export function ExampleMissing({ view, table, row, rows, reason }: Props): JSX.Element {
  const { kept } = table;
  const place = kept ? kept.rows.indexOf(row) : -1;
  const series = useMemo(() => (kept ? keptSeries(kept, place) : null), [kept, place]);
  return (
    <>
      {series && <Alone series={series} />}
      {reason ? (
        <p class="muted">Which rows were looked into can’t be read: {reason}</p>
      ) : (
        <p class="muted">
          {series
            ? 'Only the input of this row is recorded.'
            : 'Neither the input of this row is recorded, nor what the net does with it.'}{' '}
          {rows.length > 0
            ? 'Its units and its gradient are those of a choice of rows:'
            : 'For the units of every layer and the gradient of the output, let the recorder write the table:'}
        </p>
      )}
      {rows.length > 0 && <Choice {...{ table, rows }} />}
      <pre class="example-code">{code(view)}</pre>
    </>
  );
}

/** The series by itself, on the time axis that pictures of it would share. */
function Alone({ series }: { readonly series: Series }): JSX.Element {
  const bounds = { steps: series.steps, rows: 1 };
  const [window, onWindow] = useState<Window | null>(null);
  const hover = useSignal<Hover | null>(null);
  const shared = { bounds, window: clamped(window ?? whole(bounds), bounds), onWindow, hover };
  return (
    <>
      <div class="tools">
        <ClockChoice series={series} />
      </div>
      <SeriesPlot
        {...{ ...shared, series }}
        figure={0}
        clock={clock.value === 'time'}
        tip={({ step }) => (
          <ExampleTip {...{ series, step }} picture={null} profile={null} unit={null} />
        )}
      />
    </>
  );
}

/** The rows that have pictures, by who they are of. */
function Choice({
  table,
  rows,
}: {
  readonly table: Table;
  readonly rows: readonly number[];
}): JSX.Element {
  return (
    <ul class="example-rows" aria-label="Recorded rows">
      {rows.slice(0, MOST).map((one) => (
        <li key={one}>
          <button class="button" title={rowTitle(table, one)} onClick={() => (chosen.value = one)}>
            <Name text={table.group ? columnText(table.group, one) : `row ${grouped(one)}`} />
          </button>
        </li>
      ))}
      {rows.length > MOST && <li class="muted">and {rows.length - MOST} more</li>}
    </ul>
  );
}

function code({ record }: View): string {
  return `# examples=: how many rows are looked into, the largest losses first
debug.predictions(${JSON.stringify(record.name)}, x, labels, examples=24)`;
}
