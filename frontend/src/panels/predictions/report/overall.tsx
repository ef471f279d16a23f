/** The metrics of all rows, model beside baseline, of one or two analyses. */
import type { JSX } from 'preact';
import type { Metrics } from '../analysis';
import type { Analysed } from './looks';
import { metricNames, metricTitle, VERDICT_WORDS, verdictOf, lowerIsBetter } from './metric_words';
import type { Interval } from '../../../chart/forest';
import { intervalOf, spanText, valueText } from './numbers';
import { Part } from './parts';
import { counted, rowsText } from './sentence';

export function Overall({ all }: { readonly all: readonly Analysed[] }): JSX.Element {
  const perGroup = all.filter(({ analysis }) => analysis.group_metrics !== null);
  return (
    <Part
      id="overall"
      title="All rows"
      note={rowsText(all[0].analysis.metrics, all[0].analysis.unit)}
    >
      <MetricsTable all={all} metricsOf={({ analysis }) => analysis.metrics} />
      {perGroup.length > 0 && (
        <>
          <h4>
            One row per group: its mean prediction{' '}
            <span class="muted">
              ({counted(perGroup[0].analysis.group_metrics!.rows, 'group')}; the label is the same
              for all rows of a group)
            </span>
          </h4>
          <MetricsTable all={perGroup} metricsOf={({ analysis }) => analysis.group_metrics!} />
        </>
      )}
    </Part>
  );
}

export function MetricsTable({
  all,
  metricsOf,
}: {
  readonly all: readonly Analysed[];
  readonly metricsOf: (one: Analysed) => Metrics;
}): JSX.Element {
  const names = [...new Set(all.flatMap((one) => metricNames(metricsOf(one))))];
  const hasBaseline = all.some((one) => metricsOf(one).baseline !== null);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Metrics">
      <table class="report-table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            {all.length > 1 && <th scope="col">Of</th>}
            <th scope="col">Model</th>
            {hasBaseline && (
              <>
                <th scope="col">Baseline</th>
                <th scope="col">Difference</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {names.map((name) =>
            all.map((one, i) => (
              <Line
                key={`${name}\n${i}`}
                {...{ name, one, hasBaseline }}
                metrics={metricsOf(one)}
                first={i === 0}
                of={all.length}
              />
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps {
  readonly name: string;
  readonly one: Analysed;
  readonly metrics: Metrics;
  readonly hasBaseline: boolean;
  readonly first: boolean;
  readonly of: number;
}

function Line({ name, one, metrics, hasBaseline, first, of }: LineProps): JSX.Element {
  const { model, baseline, difference } = metrics;
  const delta = intervalOf(difference?.[name]);
  const verdict = verdictOf(name, delta);
  return (
    <tr class={first ? 'first' : undefined}>
      {first && (
        <th scope="row" rowSpan={of} title={lowerIsBetter(name) ? 'less is better' : undefined}>
          {metricTitle(name)}
          {lowerIsBetter(name) && (
            <span class="muted" aria-label=", less is better">
              {' '}
              ↓
            </span>
          )}
        </th>
      )}
      {of > 1 && (
        <td>
          <span class="field">
            <span class="swatch" style={{ background: one.colour }} />
            <span class="clip" title={one.name}>
              {one.name}
            </span>
          </span>
        </td>
      )}
      <td>
        <Told of={intervalOf(model[name])} />
      </td>
      {hasBaseline && (
        <>
          <td>{baseline ? <Told of={intervalOf(baseline[name])} /> : 'none'}</td>
          <td data-verdict={verdict}>
            {difference && <Told of={delta} signed word={VERDICT_WORDS[verdict]} />}
          </td>
        </>
      )}
    </tr>
  );
}

/** A number with its interval, which goes below it where the column is narrow. */
function Told({
  of,
  signed = false,
  word = '',
}: {
  readonly of: Interval;
  readonly signed?: boolean;
  /** What the number says. */
  readonly word?: string;
}): JSX.Element {
  return (
    <>
      {valueText(of, signed)} {word} <span class="report-span muted">{spanText(of, signed)}</span>
    </>
  );
}
