/** Layers x steps of one run. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { grouped, valueLabel } from '../../chart/axis';
import type { Palette } from '../../chart/colour_palette';
import { cellOf, type LayerMap, type LayerTable } from '../../chart/layers';
import type { LayersHit } from '../../chart/layers_layout';
import { nearestIndex } from '../../chart/scale';
import { Facts } from '../../figures/cell_tip';
import { LayersFigure } from '../../figures/layers_figure';
import type { Fact } from '../../figures/unit_facts';
import { shortened } from '../../ui/name';
import { runColour } from '../../ui/run_colour';
import type { Measure, Net } from './data';
import type { History } from './questions';
import { chooseRow, chosenRow, showStep } from './choices';
import { measureNames, QUANTITIES } from './words';

interface PictureProps {
  readonly history: History;
  readonly layers: LayerMap | null | undefined;
  readonly measure: Measure;
  readonly palette: Palette;
  readonly captioned: boolean;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function Picture(props: PictureProps): JSX.Element {
  const { history, layers, measure, palette, captioned, keep } = props;
  const { run, net } = history;
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const what = measureNames(net)[measure];
  if (!layers || !net) {
    return (
      <p class="muted">
        The {what} of {shortened(run.name, 60)} is not recorded over steps.
      </p>
    );
  }
  const { rows, steps } = layers.table;
  return (
    <section>
      <h3 class="caption">
        {captioned && (
          <>
            <span class="swatch" style={{ background: runColour(run.name) }} />
            <strong class="clip">{shortened(run.name, 60)}</strong>
          </>
        )}
        <span class="muted clip">
          {what} at {grouped(steps.length)} recorded steps
        </span>
      </h3>
      <LayersFigure
        {...{ layers, palette, canvas }}
        column={nearestIndex(steps, history.step)}
        row={chosenRow(rows, net)}
        onColumn={(column) => showStep(history, steps[column])}
        onRow={(row) => chooseRow(rows, net, row)}
        label={`${what} of ${rows.length} rows at ${steps.length} steps of ${run.name}`}
        tip={(hit) => <CellTip table={layers.table} {...{ net, measure, hit }} />}
      />
    </section>
  );
}

function CellTip(props: {
  readonly table: LayerTable;
  readonly net: Net;
  readonly measure: Measure;
  readonly hit: LayersHit;
}): JSX.Element | null {
  const { table, net, measure, hit } = props;
  if (hit.row === null) {
    if (hit.column === null) return null;
    return <strong>step {grouped(table.steps[hit.column])}</strong>;
  }
  const row = table.rows[hit.row];
  return (
    <>
      <strong>{row.name}</strong>
      <Facts
        facts={[
          ...(hit.column === null ? [] : cellFacts(table, net, measure, hit.row, hit.column)),
          ...shapeFacts(net, row.name),
        ]}
      />
    </>
  );
}

function cellFacts(
  table: LayerTable,
  net: Net,
  measure: Measure,
  row: number,
  column: number,
): Fact[] {
  const cell = cellOf(table, row, column);
  const [value, broken] = [table.values[cell], table.broken[cell]];
  const size = net.parameters.find(({ name }) => name === table.rows[row].name)?.size ?? 1;
  const isNorm = measure === 'gradient' || measure === 'weight';
  return [
    ['step', grouped(table.steps[column])],
    [QUANTITIES[measure], Number.isNaN(value) ? 'not measured' : valueLabel(value, 3)],
    ...(isNorm && value > 0 && size > 1
      ? [['norm', valueLabel(value * Math.sqrt(size), 3)] as const]
      : []),
    ...(broken > 0 ? [['NaN or infinite', grouped(broken)] as const] : []),
  ];
}

function shapeFacts({ parameters }: Net, name: string): Fact[] {
  const found = parameters.find((one) => one.name === name);
  return found ? [['shape', shapeWords(found.shape)]] : [];
}

export function shapeWords(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : shape.map((n) => grouped(n)).join(' × ');
}
