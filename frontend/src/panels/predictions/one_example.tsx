/** One row: what it says; its input, a layer's units and its input gradient on one time axis. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo } from 'preact/hooks';
import { frame } from '../../api';
import type { Frame } from '../../api';
import { nearestStep, recordIn } from '../../state';
import { isForUs } from '../../ui/keys';
import { lazy } from '../../ui/lazy';
import { useLoaded, type Loaded } from '../../ui/loaded';
import { adopt } from '../../ui/style';
import type { View } from '../predictions';
import { row as chosen } from './choices';
import css from './one_example.css?inline';
import { RowFacts, rowTitle } from './one_example_facts';

const Pictures = lazy(async () => (await import('./one_example_pictures')).ExamplePictures, true);
const Missing = lazy(async () => (await import('./one_example_missing')).ExampleMissing, true);

export interface Recorded {
  readonly step: number;
  readonly rows: readonly number[];
  /** The header tells the layers; of the planes it has only the rows. */
  readonly frame: Frame;
}

export function OneExample({
  view,
  row,
}: {
  readonly view: View;
  readonly row: number;
}): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const { recorded, answer } = useRecorded(view);
  const { table } = view;
  if (!table) return null;
  const place = recorded ? recorded.rows.indexOf(row) : -1;
  return (
    <section class="example" aria-label={`Row ${row}`}>
      <header>
        <h3>{rowTitle(table, row)}</h3>
        {recorded && recorded.rows.length > 0 && <Turner rows={recorded.rows} row={row} />}
        <button class="icon" aria-label="Close the row" onClick={() => (chosen.value = null)}>
          ×
        </button>
      </header>
      <RowFacts table={table} row={row} />
      {answer.state === 'loading' && !recorded ? (
        <div class="skeleton" role="status" aria-label="Loading the example" />
      ) : recorded && place >= 0 ? (
        <Pictures key={view.record.name} {...{ view, recorded, place, row }} />
      ) : (
        <Missing {...{ view, table, row }} rows={recorded?.rows ?? []} reason={answer.reason} />
      )}
    </section>
  );
}

/** Which rows the recorder looked into, at this step or the nearest to it. */
function useRecorded({ run, record, step }: View): {
  readonly recorded: Recorded | null;
  readonly answer: Loaded<Frame>;
} {
  const examples = recordIn(run, 'examples', record.name);
  const at = examples && nearestStep(examples.steps, step);
  const query = { run: run.name, name: record.name, kind: 'examples', planes: ['rows'] } as const;
  const answer = useLoaded(at === null ? null : frame({ ...query, step: at }));
  const found = answer.data;
  const recorded = useMemo(() => {
    const rows = found?.planes.get('rows');
    if (!found || !rows || rows.damaged !== null) return null;
    return { step: found.step, rows: Array.from(rows.data), frame: found };
  }, [found]);
  return { recorded, answer };
}

/** From one recorded row to the next, round and round; also with the keys n and p. */
function Turner({
  rows,
  row,
}: {
  readonly rows: readonly number[];
  readonly row: number;
}): JSX.Element {
  const place = rows.indexOf(row);
  const turn = (by: number): void => {
    const from = place < 0 && by < 0 ? 0 : place;
    chosen.value = rows[(from + by + rows.length) % rows.length];
  };
  useEffect(() => {
    const act = (event: KeyboardEvent): void => {
      const by = { n: 1, p: -1 }[event.key];
      if (by !== undefined && isForUs(event)) turn(by);
    };
    window.addEventListener('keydown', act);
    return () => window.removeEventListener('keydown', act);
  });
  const words = place < 0 ? `${rows.length} recorded` : `${place + 1} of ${rows.length} recorded`;
  return (
    <span class="example-turner">
      <button
        class="icon"
        aria-label="Recorded row before (p)"
        title="Recorded row before (p)"
        onClick={() => turn(-1)}
      >
        ‹
      </button>
      <span class="small muted">{words}</span>
      <button
        class="icon"
        aria-label="Next recorded row (n)"
        title="Next recorded row (n)"
        onClick={() => turn(1)}
      >
        ›
      </button>
    </span>
  );
}
