/** All findings over the shown runs, to sort and to filter. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Segments } from '../../figures/segments';
import { Name } from '../../ui/name';
import { runColour } from '../../ui/run_colour';
import type { Diagnosis } from './answer';
import { leastSeverity, tableOpen } from './choices';
import { lookAtRun } from './look';
import { LayerName, Since } from './parts';
import { SeverityMark } from './severity_mark';
import { atLeast, COLUMNS, rowsOf, sorted } from './table_rows';
import type { Column, Row, Sorting } from './table_rows';

const TITLES: Readonly<Record<Column, string>> = {
  severity: 'Severity',
  run: 'Run',
  layer: 'Layer',
  rule: 'Finding',
  step: 'Since step',
};

const LEAST = ['INFO', 'WARNING', 'ERROR'] as const;
const LEAST_WORDS = { INFO: 'All', WARNING: 'Warnings and worse', ERROR: 'Errors and worse' };

/** More rows are drawn when somebody asks. */
const MOST = 100;

export function FindingsTable({
  diagnoses,
}: {
  readonly diagnoses: readonly Diagnosis[];
}): JSX.Element | null {
  const rows = useMemo(() => rowsOf(diagnoses), [diagnoses]);
  if (rows.length === 0) return null;
  const toggled = (event: Event): void => {
    tableOpen.value = (event.currentTarget as HTMLDetailsElement).open;
  };
  return (
    <details class="all-findings" open={tableOpen.value} onToggle={toggled}>
      <summary>
        All findings ({rows.length}
        {diagnoses.length > 1 ? ` in ${diagnoses.length} runs` : ''})
      </summary>
      {tableOpen.value && <Table rows={rows} />}
    </details>
  );
}

function Table({ rows }: { readonly rows: readonly Row[] }): JSX.Element {
  const [sorting, setSorting] = useState<Sorting>({ column: 'severity', descending: true });
  const [all, setAll] = useState(false);
  const shown = useMemo(
    () => sorted(atLeast(rows, leastSeverity.value), sorting),
    [rows, leastSeverity.value, sorting],
  );
  const sortBy = (column: Column): void =>
    setSorting(({ column: before, descending }) => ({
      column,
      descending: before === column ? !descending : column === 'severity',
    }));
  return (
    <>
      <div class="tools">
        <Segments
          label="Which findings"
          name="Show"
          value={leastSeverity.value}
          choices={LEAST}
          words={LEAST_WORDS}
          onChoose={(to) => (leastSeverity.value = to)}
        />
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="All findings">
        <table>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <Head key={column} {...{ column, sorting }} onSort={() => sortBy(column)} />
              ))}
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, all ? undefined : MOST).map((row) => (
              <Line key={`${row.run}\n${row.finding.id}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="muted">No finding is as severe as that.</p>}
      {!all && shown.length > MOST && (
        <button class="link" onClick={() => setAll(true)}>
          Show all {shown.length}
        </button>
      )}
    </>
  );
}

interface HeadProps {
  readonly column: Column;
  readonly sorting: Sorting;
  readonly onSort: () => void;
}

function Head({ column, sorting, onSort }: HeadProps): JSX.Element {
  const direction = sorting.descending ? 'descending' : 'ascending';
  const chosen = sorting.column === column;
  return (
    <th scope="col" aria-sort={chosen ? direction : 'none'}>
      <button onClick={onSort}>
        {TITLES[column]}
        <span aria-hidden="true">{chosen ? (sorting.descending ? ' ▾' : ' ▴') : ''}</span>
      </button>
    </th>
  );
}

function Line({ row: { run, finding, depth } }: { readonly row: Row }): JSX.Element {
  return (
    <tr>
      <td>
        <SeverityMark severity={finding.severity} />
      </td>
      <td>
        <button class="layer run-name" onClick={() => lookAtRun(run)}>
          <span class="swatch" style={{ background: runColour(run) }} />
          <Name text={run} />
        </button>
      </td>
      <td>{finding.layer !== null && <LayerName run={run} layer={finding.layer} />}</td>
      <td>
        {depth > 0 && (
          <span class="muted" title="follows from another finding" style={{ '--depth': depth }}>
            ↳ <span class="sr">follows from another finding: </span>
          </span>
        )}
        {finding.title}
      </td>
      <td>
        <Since step={finding.firstStep} bare />
      </td>
      <td class="message">{finding.message}</td>
    </tr>
  );
}
