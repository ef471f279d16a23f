/** What a click on the pictures chooses: the row of a weight, whatever the rows show, and a step. */
import type { LayerRow } from '../../chart/layers';
import { parameter, step } from '../../state';
import type { Net } from './data';
import type { Shown } from './questions';

/** Where rows are layers, the row of the weight's layer; null where there is none. */
export function chosenRow(rows: readonly LayerRow[], net: Net): number | null {
  const wanted = parameter.value;
  if (wanted === null) return null;
  const exact = rows.findIndex(({ name }) => name === wanted);
  if (exact >= 0) return exact;
  const layer = net.parameters.find(({ name }) => name === wanted)?.layer;
  const near = rows.findIndex((row) => row.kind === 'output' && row.name === layer);
  return near < 0 ? null : near;
}

/** Looks at the weight of a row; of a layer's row at the first of its weights. */
export function chooseRow(rows: readonly LayerRow[], net: Net, row: number | null): void {
  const chosen = row === null ? null : rows[row];
  const weight =
    chosen?.kind === 'output'
      ? net.parameters.find(({ layer }) => layer === chosen.layer)
      : undefined;
  parameter.value = weight?.name ?? chosen?.name ?? null;
}

/** Shows a step; the last follows a live run. */
export function showStep(of: Shown, at: number): void {
  const { steps } = of.record;
  step.value = at >= steps[steps.length - 1] ? null : at;
}
