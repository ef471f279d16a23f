/** The rows: scatter, selection, the largest errors and wins, and the one that was clicked. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { View } from '../predictions';
import { isForUs } from '../../ui/keys';
import { row, view } from './choices';
import { ConditionField } from './condition_field';
import { Errors } from './errors';
import { OneExample } from './one_example';
import { Scatter } from './scatter';
import { ScatterLegend } from './scatter_legend';
import { ScatterTools } from './scatter_tools';
import { Selection } from './selection';
import { selectNone, useScatters } from './use_scatter';

export interface RowsProps {
  readonly views: readonly View[];
  /** Told the scatters' canvases, for the picture that is saved. */
  readonly keep: (canvas: HTMLCanvasElement | null, place: number) => void;
}

export function Rows({ views, keep }: RowsProps): JSX.Element {
  const scatters = useScatters(views);
  const [first] = scatters.drawn;
  useEscape();
  const chosen = row.value !== null && row.value < first.table.rows ? row.value : null;
  return (
    <section class="prediction-rows" aria-label="Rows">
      <ScatterTools scatters={scatters} />
      <ConditionField table={first.table} problem={scatters.problem} />
      <ScatterLegend scatters={scatters} />
      <Scatter {...{ scatters, keep }}>{(of) => <Selection of={of} />}</Scatter>
      {chosen !== null && <Chosen view={first.view} row={chosen} />}
      <Errors of={first} named={scatters.drawn.length > 1} />
    </section>
  );
}

/** Shown where the person looks, though it was chosen further down. */
function Chosen({
  view: of,
  row: one,
}: {
  readonly view: View;
  readonly row: number;
}): JSX.Element {
  const element = useRef<HTMLDivElement>(null!);
  useEffect(() => element.current.scrollIntoView({ block: 'nearest', behavior: 'smooth' }), [one]);
  return (
    <div class="rows-chosen" ref={element}>
      <OneExample view={of} row={one} />
    </div>
  );
}

/** As everywhere on the page, Escape takes choices and zooms away. */
function useEscape(): void {
  useEffect(() => {
    const act = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !isForUs(event)) return;
      selectNone();
      view.value = null;
      row.value = null;
    };
    window.addEventListener('keydown', act);
    return () => window.removeEventListener('keydown', act);
  }, []);
}
