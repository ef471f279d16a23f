/** The chosen unit below the pictures: its statistics, and the way to its pre-activations. */
import type { JSX } from 'preact';
import type { Clones } from '../chart/unit_clones';
import { recordName, unit as choice } from '../state';
import { runColour } from '../ui/run_colour';
import type { Shown } from './activation_parts';
import { caption } from './activation_view';
import { unitName } from './cell_tip';
import { UnitDetail } from './unit_detail';
import { histogramView } from './view_state';

export function ChosenUnit({
  views,
  unit,
  clones,
}: {
  readonly views: readonly Shown[];
  readonly unit: number;
  readonly clones: Clones | null;
}): JSX.Element {
  const having = views.flatMap(({ frame, target }) =>
    frame && unit < frame.units
      ? [{ frame, caption: caption(target, frame), colour: runColour(target.run.name) }]
      : [],
  );
  const layer = views[0].target.record.name;
  return (
    <UnitDetail
      name={having.length > 0 ? unitName(having[0].frame, unit) : `unit ${unit}`}
      unit={unit}
      views={having}
      clones={clones}
      histogram={recordName.preactivations.value === layer ? showHistogram : null}
      close={() => (choice.value = null)}
    />
  );
}

/** The chosen unit over steps, in the panel below. */
function showHistogram(): void {
  histogramView.value = 'unit';
  document.querySelector('[data-panel=preactivations]')?.scrollIntoView({ behavior: 'smooth' });
}
