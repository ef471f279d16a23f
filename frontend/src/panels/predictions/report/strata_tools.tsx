/** Which strata are shown, of which metric, in which order. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { grouped } from '../../../chart/axis';
import { Segments } from '../../../figures/segments';
import { Choice } from '../../../ui/view_bar';
import { column, metric, pairs, shows, sort, SORTS } from './choices';
import type { Analysed } from './looks';
import { firstMetric, metricNames, metricTitle } from './metric_words';
import { columnsOf, isPair, type StrataWish } from './strata_rows';

/** What the person has chosen, where this analysis has it. */
export function wishOf({ analysis }: Analysed): StrataWish {
  const names = metricNames(analysis.metrics);
  const chosen = metric.value !== null && names.includes(metric.value) ? metric.value : null;
  const { value: by } = column;
  const hasColumn = by !== null && analysis.strata.some((one) => columnsOf(one).includes(by));
  const hasBaseline = analysis.metrics.difference !== null;
  return {
    metric: chosen ?? firstMetric(analysis),
    shows: hasBaseline ? shows.value : 'both',
    sort: sort.value,
    column: hasColumn ? column.value : null,
    pairs: pairs.value,
  };
}

export function StrataTools({
  analysis: { metrics, strata },
  wish,
}: {
  readonly analysis: Analysed['analysis'];
  readonly wish: StrataWish;
}): JSX.Element {
  const names = metricNames(metrics);
  const columns = useMemo(() => [...new Set(strata.flatMap(columnsOf))], [strata]);
  const paired = useMemo(() => strata.filter(isPair).length, [strata]);
  const every = 'all columns';
  return (
    <div class="tools">
      <label>
        Metric
        <Choice
          label="Metric of the strata"
          value={metricTitle(wish.metric)}
          choices={names.map(metricTitle)}
          onChoose={(to) => (metric.value = names[names.map(metricTitle).indexOf(to)])}
        />
      </label>
      {columns.length > 1 && (
        <label>
          By
          <Choice
            label="Column of the strata"
            value={wish.column ?? every}
            choices={[every, ...columns]}
            onChoose={(to) => (column.value = to === every ? null : to)}
          />
        </label>
      )}
      {metrics.difference && (
        <Segments
          label="What is shown of each stratum"
          name="Show"
          value={wish.shows}
          choices={['both', 'difference'] as const}
          words={{ both: 'Model and baseline', difference: 'Difference' }}
          onChoose={(to) => (shows.value = to)}
        />
      )}
      <Segments
        label="Order of the strata"
        name="Order"
        value={wish.sort}
        choices={SORTS}
        words={{ value: 'Worst first', size: 'Largest first', column: 'Columns' }}
        onChoose={(to) => (sort.value = to)}
      />
      {paired > 0 && (
        <label>
          <input
            type="checkbox"
            checked={wish.pairs}
            onChange={(event) => (pairs.value = event.currentTarget.checked)}
          />
          Pairs of columns ({grouped(paired)})
        </label>
      )}
    </div>
  );
}
