/** The scatters: one, or two side by side with the same axes and one pointer. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import { Name, shortened } from '../../ui/name';
import { runColour } from '../../ui/run_colour';
import { RowTip } from './row_facts';
import { ScatterFigure } from './scatter_figure';
import { countOf } from './selected_rows';
import type { Drawn, Scatters } from './use_scatter';

export interface ScatterProps {
  readonly scatters: Scatters;
  /** Told the canvases, for the picture that is saved. */
  readonly keep: (canvas: HTMLCanvasElement | null, place: number) => void;
  /** What stands below each scatter. */
  readonly children?: (of: Drawn, place: number) => JSX.Element;
}

export function Scatter({ scatters, keep, children }: ScatterProps): JSX.Element {
  const hovered = useSignal(-1);
  const { drawn } = scatters;
  return (
    <div class="rows-scatters" data-count={drawn.length}>
      {drawn.map((of, place) => (
        <div key={place} class="rows-view">
          <div class="rows-picture">
            {drawn.length > 1 && <Caption of={of} />}
            <One
              {...{ of, place, scatters, keep }}
              // The rows of two tables of one length are the same.
              hovered={of.table.rows === drawn[0].table.rows ? hovered.value : -1}
              onHover={(row) => (hovered.value = row)}
            />
          </div>
          {children?.(of, place)}
        </div>
      ))}
    </div>
  );
}

function Caption({ of }: { readonly of: Drawn }): JSX.Element {
  const { run, step } = of.view;
  return (
    <h3 class="caption">
      <span class="swatch" style={{ background: runColour(run.name) }} />
      <strong>
        <Name text={run.name} />
      </strong>
      <span class="muted">step {grouped(step)}</span>
    </h3>
  );
}

interface OneProps extends Pick<ScatterProps, 'scatters' | 'keep'> {
  readonly of: Drawn;
  readonly place: number;
  readonly hovered: number;
  readonly onHover: (row: number) => void;
}

function One({ of, place, scatters, keep, hovered, onHover }: OneProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => {
    keep(canvas.current, place);
    return () => keep(null, place);
  }, []);
  return (
    <ScatterFigure
      {...{ of, scatters, hovered, onHover, canvas }}
      label={spoken(of)}
      tip={(row) => <RowTip table={of.table} row={row} />}
    />
  );
}

function spoken({ view, table, x, y, mask }: Drawn): string {
  const selected = mask ? `, ${grouped(countOf(mask))} selected` : '';
  const where = `${shortened(view.record.name, 60)} of ${shortened(view.run.name, 60)}`;
  return `Scatter of ${grouped(table.rows)} rows${selected}: ${y.name} against ${x.name}, ${where}, step ${view.step}`;
}
