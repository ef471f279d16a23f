/** The metrics of the rows that are selected, beside those of all. */
import type { JSX } from 'preact';
import { grouped, valueLabel } from '../../chart/axis';
import type { Metrics } from './analysis';
import { lowerIsBetter, metricTitle, verdictOf, type Verdict } from './report/metric_words';
import { intervalOf, numberOf } from './report/numbers';
import { rowMetrics, type RowMetrics } from './row_metrics';
import type { Table } from './table';
import { useAfter } from './use_after';
import { selectNone, type Drawn } from './use_scatter';

const PARTS = ['model', 'baseline', 'difference'] as const;

export function Selection({ of }: { readonly of: Drawn }): JSX.Element {
  const { table, mask } = of;
  const measured = useAfter([table, mask], 0, () => ({
    of: table,
    some: mask && rowMetrics(table, mask),
    all: table.analysis ? null : allOf(table),
  }));
  // Of another table nothing may stay; of another selection it does until the new one is counted.
  const current = measured?.of === table ? measured : null;
  const some = mask ? (current?.some ?? null) : null;
  const all = table.analysis?.metrics ?? current?.all ?? null;
  return (
    <div class="rows-metrics" aria-live="polite">
      {all && <MetricTable {...{ table, all, some }} />}
      <p class="small muted">{footnote(table, mask !== null)}</p>
      {mask && (
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

function footnote({ analysis }: Table, selected: boolean): string {
  const counted = 'Of rows with a label and all predictions.';
  if (!analysis) return `${counted} The table was not analysed, so there are no intervals.`;
  const percent = Math.round(100 * analysis.confidence);
  const unit = analysis.unit === 'group' ? 'users' : 'rows';
  const rest = selected ? ' A selection has none: it was chosen by looking.' : '';
  return `${counted} In brackets: ${percent} % intervals over ${unit}.${rest}`;
}

interface TableProps {
  readonly table: Table;
  readonly all: Metrics | RowMetrics;
  readonly some: RowMetrics | null;
}

function MetricTable({ table, all, some }: TableProps): JSX.Element {
  const parts = PARTS.filter((part) => all[part] !== null);
  const names = Object.keys((some ?? all).model);
  return (
    <table
      class="rows-table"
      aria-label={some ? 'Metrics of the selection and of all rows' : 'Metrics of all rows'}
    >
      <thead>
        <tr>
          <td />
          {some && <td />}
          {parts.map((part) => (
            <th key={part} scope="col">
              {part}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <Counts {...{ table, all, some }} span={parts.length} />
        {names.map((name) => (
          <Lines key={name} {...{ name, all, some, parts }} />
        ))}
      </tbody>
    </table>
  );
}

/** Of how many rows the metrics are. */
function Counts({ table, all, some, span }: TableProps & { readonly span: number }): JSX.Element {
  const words = (of: Metrics | RowMetrics): string => {
    const { rows, groups, positives } = of;
    const users = table.group && groups !== null ? `, ${grouped(groups)} users` : '';
    const ones = positives === null ? '' : `, ${grouped(positives)} with label 1`;
    return `${grouped(rows)}${users}${ones}`;
  };
  return (
    <>
      {some && (
        <tr class="rows-some">
          <th scope="row">rows</th>
          <td>selected</td>
          <td colSpan={span}>{words(some)}</td>
        </tr>
      )}
      <tr>
        <th scope="row">{some ? '' : 'rows'}</th>
        {some && <td class="muted">all</td>}
        <td colSpan={span}>{words(all)}</td>
      </tr>
    </>
  );
}

interface LinesProps extends Omit<TableProps, 'table'> {
  readonly name: string;
  readonly parts: readonly (typeof PARTS)[number][];
}

/** A metric of the selection, and the same of all rows below. */
function Lines({ name, all, some, parts }: LinesProps): JSX.Element {
  const lower = lowerIsBetter(name);
  const title = (
    <th scope="row" title={lower ? 'less is better' : 'more is better'}>
      {metricTitle(name)} <span class="muted">{lower ? '↓' : '↑'}</span>
    </th>
  );
  return (
    <>
      {some && (
        <tr class="rows-some">
          {title}
          <td>selected</td>
          {parts.map((part) => (
            <Cell key={part} {...{ name, part }} value={some[part]?.[name] ?? NaN} />
          ))}
        </tr>
      )}
      <tr>
        {some ? <td /> : title}
        {some && <td class="muted">all</td>}
        {parts.map((part) => {
          const found = all[part]?.[name] ?? null;
          if (found === null || typeof found === 'number') {
            return <Cell key={part} {...{ name, part }} value={found ?? NaN} />;
          }
          const { low, high } = intervalOf(found);
          const range = [low, high] as const;
          return <Cell key={part} {...{ name, part, range }} value={numberOf(found.value)} />;
        })}
      </tr>
    </>
  );
}

const TONES: Readonly<Partial<Record<Verdict, string>>> = {
  better: 'rows-win',
  worse: 'rows-loss',
};

interface CellProps {
  readonly name: string;
  readonly part: (typeof PARTS)[number];
  readonly value: number;
  readonly range?: readonly [number, number];
}

/** A difference says by its colour which of both is better, where its interval leaves no doubt. */
function Cell({ name, part, value, range }: CellProps): JSX.Element {
  const signed = part === 'difference';
  const [low, high] = range ?? [NaN, NaN];
  const tone = signed ? TONES[verdictOf(name, { value, low, high })] : undefined;
  const words = (of: number): string => `${signed && of > 0 ? '+' : ''}${valueLabel(of, 3)}`;
  if (Number.isNaN(value)) return <td class="muted">n/a</td>;
  return (
    <td class={tone}>
      {words(value)}
      {range && !range.some(Number.isNaN) && (
        <span class="rows-interval">{range.map(words).join(', ')}</span>
      )}
    </td>
  );
}
