/** The rows to look at first, as tables; a click looks at the row. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { frame } from '../../api';
import { grouped } from '../../chart/axis';
import { nearestStep, recordIn } from '../../state';
import { useLoaded } from '../../ui/loaded';
import { Name, shortened } from '../../ui/name';
import type { View } from '../predictions';
import { columnText, timeTeller } from './axes';
import { row, severalPerUser } from './choices';
import { labelText, scoreText } from './row_facts';
import { Spark } from './spark';
import type { Table } from './table';
import { useAfter } from './use_after';
import type { Drawn } from './use_scatter';
import { rowLists, type RowList } from './worst_rows';

const MOST = 8;
/** A brush that moves would turn the tables over at every frame; milliseconds. */
const REST = 120;
const MOST_COLUMNS = 5;

export function Errors({
  of,
  named,
}: {
  readonly of: Drawn;
  /** Whether it must say of which of several runs or steps the rows are. */
  readonly named: boolean;
}): JSX.Element {
  const { table, mask, view } = of;
  const { run, step } = view;
  const onePerUser = !severalPerUser.value;
  const made = useAfter([table, mask, onePerUser], REST, () => ({
    of: table,
    lists: rowLists(table, { mask, onePerUser, most: MOST }),
  }));
  const lists = made?.of === table ? made.lists : [];
  const recorded = useRecorded(view);
  return (
    <section class="rows-errors" aria-label="Rows to look at first">
      <div class="tools">
        <h3>
          Rows to look at first
          <span class="muted">
            {named && ` of ${shortened(run.name, 60)}, step ${grouped(step)}`}
            {mask && ', of those selected'}
          </span>
        </h3>
        {table.group && (
          <label>
            <input
              type="checkbox"
              checked={onePerUser}
              onChange={(event) => (severalPerUser.value = !event.currentTarget.checked)}
            />
            <span>one of each user</span>
          </label>
        )}
        <span class="small muted">
          {recorded.size > 0 && '● its activations and gradients are recorded'}
        </span>
      </div>
      <div class="rows-lists">
        {lists.map((list) => (
          <List key={list.title} {...{ list, table, recorded }} />
        ))}
      </div>
    </section>
  );
}

/** The rows of which the recorder kept an example. */
function useRecorded({ run, record, step }: View): ReadonlySet<number> {
  const examples = recordIn(run, 'examples', record.name);
  const at = examples && nearestStep(examples.steps, step);
  const query = { run: run.name, name: record.name, kind: 'examples', planes: ['rows'] } as const;
  const { data } = useLoaded(at === null ? null : frame({ ...query, step: at }));
  const rows = data?.planes.get('rows')?.data;
  return useMemo(() => new Set(rows), [rows]);
}

interface ListProps {
  readonly list: RowList;
  readonly table: Table;
  readonly recorded: ReadonlySet<number>;
}

function List({ list, table, recorded }: ListProps): JSX.Element {
  const { kept, group, time, baseline, columns } = table;
  const shown = columns.slice(0, MOST_COLUMNS);
  return (
    <div class="rows-list">
      <h4>
        {list.title} <span class="small muted">{list.rule}</span>
      </h4>
      {list.rows.length === 0 ? (
        <p class="muted small">None.</p>
      ) : (
        <div class="rows-scroll" tabIndex={0} role="region" aria-label={list.title}>
          <table class="rows-table">
            <thead>
              <tr>
                <th>{group ? <Name text={group.name} /> : 'row'}</th>
                {time && <th>time</th>}
                <th>label</th>
                <th>model</th>
                {baseline && <th>baseline</th>}
                {kept && <th>input</th>}
                {shown.map(({ name }, i) => (
                  <th key={i}>
                    <Name text={name} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {list.rows.map((one) => (
                <Row key={one} {...{ one, table, recorded }} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

interface RowProps extends Omit<ListProps, 'list'> {
  readonly one: number;
}

function Row({ one, table, recorded }: RowProps): JSX.Element {
  const { kept, group, time, baseline, model, columns } = table;
  const place = kept ? kept.rows.indexOf(one) : -1;
  const chosen = row.value === one;
  const choose = (): void => void (row.value = chosen ? null : one);
  return (
    <tr data-chosen={chosen || undefined} onClick={choose}>
      <th scope="row">
        <button
          class="link"
          aria-pressed={chosen}
          title={`row ${grouped(one)}`}
          onClick={(event) => {
            event.stopPropagation();
            choose();
          }}
        >
          <Name text={group ? columnText(group, one) : grouped(one)} />
        </button>
        {recorded.has(one) && <span title="its activations and gradients are recorded"> ●</span>}
      </th>
      {time && <td>{timeTeller(time)(time[one])}</td>}
      <td>{labelText(table, one)}</td>
      <td>{scoreText(table, model, one)}</td>
      {baseline && <td>{scoreText(table, baseline, one)}</td>}
      {kept && <td>{place >= 0 && <Spark {...{ kept, place }} />}</td>}
      {columns.slice(0, MOST_COLUMNS).map((column, i) => (
        <td key={i}>
          <Name text={columnText(column, one)} />
        </td>
      ))}
    </tr>
  );
}
