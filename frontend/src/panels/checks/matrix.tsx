/** Verdicts of several runs: a line a run, a column a check. A click opens the check of the run. */
import { batch } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { runFocus } from '../../state';
import { Name, shortened } from '../../ui/name';
import { runColour } from '../../ui/run_colour';
import { shortTitleOf } from './catalogue';
import { open, opened } from './questions';
import type { Column, Matrix } from './rows';
import { WORDS } from './verdict';
import type { Standing } from './verdict';
import { VerdictMark, VerdictShape } from './verdict_mark';

/** With more columns their names stand upright. */
const MOST_LEVEL = 7;

export interface MatrixTableProps {
  readonly matrix: Matrix;
  /** The run in detail. */
  readonly chosen: string | null;
}

export function MatrixTable({ matrix, chosen }: MatrixTableProps): JSX.Element {
  const { columns, lines, without } = matrix;
  const table = useRef<HTMLTableElement>(null!);
  const found = new Set(lines.flatMap(({ cells }) => cells));
  return (
    <section class="matrix" aria-label="Checks of the runs">
      <div class="scroll">
        <table
          ref={table}
          data-upright={columns.length > MOST_LEVEL || undefined}
          onKeyDown={(event) => move(table.current, event)}
        >
          <thead>
            <tr>
              <th scope="col">
                <span class="sr">Run</span>
              </th>
              {columns.map((column) => (
                <Head key={column.id} {...column} />
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ run, cells }, line) => (
              <tr key={run.name} aria-current={run.name === chosen || undefined}>
                <th scope="row">
                  <button class="matrix-run" onClick={() => (runFocus.value = run.name)}>
                    <span class="swatch" style={{ background: runColour(run.name) }} />
                    <Name text={run.name} />
                  </button>
                </th>
                {cells.map((verdict, i) => (
                  <Cell
                    key={columns[i].id}
                    {...{ verdict, chosen }}
                    run={run.name}
                    column={columns[i]}
                    first={line === 0 && i === 0}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="legend small muted" aria-label="Legend">
        {(Object.keys(WORDS) as Standing[])
          .filter((verdict) => found.has(verdict))
          .map((verdict) => (
            <li key={verdict}>
              <VerdictMark verdict={verdict} />
            </li>
          ))}
        {without > 0 && (
          <li>{without === 1 ? '1 more run has' : `${without} more runs have`} no check</li>
        )}
      </ul>
    </section>
  );
}

function Head({ id, title }: Column): JSX.Element {
  return (
    <th scope="col" class="matrix-check" data-open={opened() === id || undefined}>
      <span class="head-words" title={shortened(title)}>
        {shortened(shortTitleOf(id), 60)}
      </span>
    </th>
  );
}

interface CellProps {
  readonly verdict: Standing;
  readonly run: string;
  readonly column: Column;
  readonly chosen: string | null;
  /** Where the tab key comes in. */
  readonly first: boolean;
}

function Cell({ verdict, run, column, chosen, first }: CellProps): JSX.Element {
  const words = `${shortened(run, 60)}, ${shortened(column.title, 60)}: ${WORDS[verdict]}`;
  const look = (): void =>
    batch(() => {
      runFocus.value = run;
      open(column.id);
    });
  const isOpen = run === chosen && opened() === column.id;
  return (
    <td>
      <button
        class="matrix-cell"
        data-verdict={verdict}
        aria-pressed={isOpen}
        aria-label={words}
        title={words}
        tabIndex={first ? 0 : -1}
        onClick={look}
      >
        <VerdictShape verdict={verdict} />
      </button>
    </td>
  );
}

const WAYS: Readonly<Record<string, readonly [number, number] | undefined>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The arrow keys go from cell to cell: hundreds of stops of the tab key would be a trap. */
function move(table: HTMLTableElement, event: KeyboardEvent): void {
  const way = WAYS[event.key];
  const from = document.activeElement?.closest('td');
  if (!way || !from || event.ctrlKey || event.metaKey || event.altKey) return;
  const line = from.parentElement as HTMLTableRowElement;
  const to = table.rows[line.rowIndex + way[0]]?.cells[from.cellIndex + way[1]];
  const button = to?.querySelector<HTMLElement>('.matrix-cell');
  event.preventDefault();
  if (!button) return;
  for (const other of table.querySelectorAll('.matrix-cell[tabindex="0"]')) {
    other.setAttribute('tabindex', '-1');
  }
  button.tabIndex = 0;
  button.focus();
}
