/** One picture of the pre-activations panel, as it was chosen. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { percentLabel } from '../chart/axis';
import { ridgeModel } from '../chart/ridge_model';
import type { ValueScale } from '../chart/ridge_scale';
import { ridgeTitle } from '../chart/ridge_title';
import { nearestStep, step, unit, unitOrder } from '../state';
import {
  layerRidges,
  negativeShares,
  unitHistogram,
  unitRidges,
  type PreactivationFrame,
} from './preactivation_data';
import type { HistogramView } from './preactivation_views';
import { RidgeFigure } from './ridge_figure';
import { UnitsFigure } from './units_figure';
import { histogramView } from './view_state';

export function title({ negative, count, alwaysNegative, units }: PreactivationFrame): string {
  return ridgeTitle(negative, count, alwaysNegative, units);
}

interface HistogramsProps {
  readonly view: HistogramView;
  readonly scale: ValueScale;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function Histograms(props: HistogramsProps): JSX.Element {
  const { shown } = props.view;
  if (histogramView.value !== 'units') return <Ridges {...props} />;
  if (!shown?.unitCounts) return <p class="muted">No histograms of the units at this step.</p>;
  return <Units {...props} shown={shown} />;
}

function Ridges({ view: one, scale, keep }: HistogramsProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const chosen = histogramView.value === 'unit' ? (unit.value ?? 0) : null;
  const model = useMemo(() => {
    const { series: whole, shown, history } = one;
    const ridges =
      chosen === null ? layerRidges(whole, shown) : unitRidges([...history, shown], chosen);
    return ridgeModel(ridges, scale);
  }, [one.series, one.shown, one.history.filter(Boolean).length, chosen, scale]);
  const steps = model.ridges.map((ridge) => ridge.step);
  const current = steps.indexOf(nearestStep(steps, one.step) ?? NaN);
  if (current < 0) return <p class="muted">No histogram of {what(chosen)} could be read.</p>;
  const { negative } = model.ridges[current];
  return (
    <RidgeFigure
      model={model}
      current={current}
      onStep={(to) =>
        (step.value = to === one.record.steps[one.record.steps.length - 1] ? null : to)
      }
      label={`Histograms of ${what(chosen)} of ${one.record.name} over ${steps.length} steps; ${percentLabel(negative)} below zero at step ${steps[current]}`}
      canvas={canvas}
    />
  );
}

function what(chosen: number | null): string {
  return chosen === null ? 'the layer' : `unit ${chosen}`;
}

function Units({
  view: one,
  shown,
  scale,
  keep,
}: HistogramsProps & { shown: PreactivationFrame }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const sorted = unitOrder.value === 'health';
  const order = useMemo(() => {
    const units = Uint32Array.from({ length: shown.units }, (_, i) => i);
    if (!sorted) return units;
    const shares = negativeShares(shown);
    return units.sort((a, b) => (shares[b] || 0) - (shares[a] || 0) || a - b);
  }, [shown, sorted]);
  const chosen = unit.value !== null && unitHistogram(shown, unit.value) ? unit.value : null;
  return (
    <UnitsFigure
      frame={shown}
      unitCounts={shown.unitCounts!}
      scale={scale}
      order={order}
      unit={chosen}
      onUnit={(to) => (unit.value = to)}
      label={`Histograms of the units of ${one.record.name}, step ${shown.step}: ${title(shown)}`}
      canvas={canvas}
    />
  );
}
