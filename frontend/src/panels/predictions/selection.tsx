/** The metrics of the rows that are selected, beside those of all. */
import type { JSX } from 'preact';
import { grouped, valueLabel } from '../../chart/axis';
import type { Estimate, Estimates } from './analysis';
import { selectNone, type Drawn } from './use_scatter';
import { lowerIsBetter, metricTitle } from './report/metric_words';
import { rowMetrics, type RowMetrics, type Values } from './row_metrics';
import type { Table } from './table';

export function Selection({ of }: { readonly of: Drawn }): JSX.Element {
  const { table, mask } = of;
  const all = allOf(table);
  const some = mask && rowMetrics(table, mask);
  const shown = some ?? all;
  return (
    <div class="rows-metrics">
      <table
        class="rows-table"
        aria-label={some ? 'Metrics of the selection' : 'Metrics of all rows'}
      >
        <Head {...{ all, some }} baseline={table.baseline !== null} />
        <tbody>
          <Counts name="rows" all={all.rows} some={some?.rows} baseline={table.baseline !== null} />
          {all.groups !== null && (
            <Counts
              name="users"
              all={all.groups}
              some={some?.groups}
              baseline={table.baseline !== null}
            />
          )}
          {all.positives !== null && (
            <Counts
              name="with label 1"
              all={all.positives}
              some={some?.positives}
              baseline={table.baseline !== null}
            />
          )}
          {Object.keys(shown.model).map((name) => (
            <Line key={name} {...{ name, table, all, some }} />
          ))}
        </tbody>
      </table>
      <p class="small muted">{footnote(table, some)}</p>
      {some && (
        <button class="button" onClick={selectNone}>
          Select all rows
        </button>
      )}
    </div>
  );
}

const known = new WeakMap<Table, RowMetrics>();

function allOf(table: Table): RowMetrics {
  const metrics = known.get(table) ?? rowMetrics(table, null);
  known.set(table, metrics);
  return metrics;
}

function footnote(table: Table, some: RowMetrics | null): string {
  const { analysis } = table;
  const percent = analysis ? Math.round(100 * analysis.confidence) : 0;
  const unit = analysis?.unit === 'group' ? 'users' : 'rows';
  return [
    'Rows with a label and every prediction.',
    analysis
      ? `In brackets: ${percent} % intervals over ${unit}, of all rows.`
      : 'Not analysed: no intervals.',
    ...(some ? ['A selection has no intervals: it was chosen by looking.'] : []),
  ].join(' ');
}

function Head({
  all,
  some,
  baseline,
}: {
  readonly all: RowMetrics;
  readonly some: RowMetrics | null;
  readonly baseline: boolean;
}): JSX.Element {
  const span = baseline ? 3 : 1;
  const columns = baseline ? ['model', 'baseline', 'difference'] : ['model'];
  return (
    <thead>
      {some && (
        <tr>
          <td />
          <th colSpan={span}>selected</th>
          <th colSpan={span}>all {grouped(all.rows)}</th>
        </tr>
      )}
      <tr>
        <td />
        {[...(some ? columns : []), ...columns].map((name, i) => (
          <th key={i} class={some && i === columns.length ? 'rows-first' : undefined}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Counts({
  name,
  all,
  some,
  baseline,
}: {
  readonly name: string;
  readonly all: number;
  readonly some: number | null | undefined;
  readonly baseline: boolean;
}): JSX.Element {
  const span = baseline ? 3 : 1;
  return (
    <tr>
      <th scope="row">{name}</th>
      {some !== undefined && <td colSpan={span}>{some === null ? 'n/a' : grouped(some)}</td>}
      <td colSpan={span} class={some === undefined ? undefined : 'rows-first'}>
        {grouped(all)}
      </td>
    </tr>
  );
}

interface LineProps {
  readonly name: string;
  readonly table: Table;
  readonly all: RowMetrics;
  readonly some: RowMetrics | null;
}

function Line({ name, table, all, some }: LineProps): JSX.Element {
  const better = lowerIsBetter(name) ? -1 : 1;
  const stored = table.analysis?.metrics ?? null;
  const parts = ['model', 'baseline', 'difference'] as const;
  return (
    <tr>
      <th scope="row" title={better > 0 ? 'more is better' : 'less is better'}>
        {metricTitle(name)} <span class="muted">{better > 0 ? '↑' : '↓'}</span>
      </th>
      {some &&
        parts.map(
          (part) =>
            some[part] && (
              <Cell key={part} value={some[part][name]} {...tone(part, some[part], name, better)} />
            ),
        )}
      {parts.map((part, i) =>
        all[part] ? (
          <Cell
            key={`all ${part}`}
            value={all[part][name]}
            estimate={estimateOf(stored?.[part] ?? null, name)}
            first={some !== null && i === 0}
            {...tone(part, all[part], name, better)}
          />
        ) : null,
      )}
    </tr>
  );
}

/** Differences say by their colour which of both is better. */
function tone(
  part: string,
  values: Values,
  name: string,
  better: number,
): { readonly wins?: boolean; readonly signed?: boolean } {
  const value = values[name];
  if (part !== 'difference') return {};
  return value === null || value === 0
    ? { signed: true }
    : { wins: value * better > 0, signed: true };
}

function estimateOf(estimates: Estimates | null, name: string): Estimate | null {
  return estimates?.[name] ?? null;
}

function Cell({
  value,
  estimate = null,
  first = false,
  wins,
  signed = false,
}: {
  readonly value: number | null;
  readonly estimate?: Estimate | null;
  readonly first?: boolean;
  readonly wins?: boolean;
  readonly signed?: boolean;
}): JSX.Element {
  const [low, high] = [estimate?.low ?? null, estimate?.high ?? null];
  const tones = wins === undefined ? '' : wins ? ' rows-win' : ' rows-loss';
  return (
    <td class={`${first ? 'rows-first' : ''}${tones}`}>
      {value === null ? 'n/a' : `${signed && value > 0 ? '+' : ''}${valueLabel(value, 3)}`}
      {value !== null && typeof low === 'number' && typeof high === 'number' && (
        <span class="rows-interval">
          {valueLabel(low, 3)}, {valueLabel(high, 3)}
        </span>
      )}
    </td>
  );
}
