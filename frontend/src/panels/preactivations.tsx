/** Where a layer's inputs lie relative to zero: over steps, or unit by unit at one step. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { frame, series } from '../api';
import type { Frame, RecordInfo, RunInfo, Series } from '../api';
import { ridgeModel } from '../chart/ridge_model';
import { valueScale, type ValueScale } from '../chart/ridge_scale';
import { ridgeTitle } from '../chart/ridge_title';
import css from '../figures/figures.css?inline';
import {
  layerRidges,
  negativeShares,
  preactivationFrame,
  unitHistogram,
  unitRidges,
  type PreactivationFrame,
} from '../figures/preactivation_data';
import { preactivationExports } from '../figures/preactivation_exports';
import { RidgeFigure } from '../figures/ridge_figure';
import { Segments } from '../figures/segments';
import { UnitsFigure } from '../figures/units_figure';
import {
  compared,
  nearestStep,
  problemsOf,
  recordIn,
  recordName,
  runOf,
  step,
  unit,
  unitOrder,
} from '../state';
import { useLoadedAll, type Loaded } from '../ui/loaded';
import { shortened } from '../ui/name';
import type { PanelProps, PanelSpec } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { oneOf, persisted } from '../url';

export const preactivations: PanelSpec = {
  id: 'preactivations',
  title: 'Pre-activations',
  question: 'Where do a layer’s inputs lie relative to zero?',
  kind: 'preactivations',
  component: Preactivations,
};

const KIND = 'preactivations';
/** The layer over steps, all units at the chosen step, or the chosen unit over steps. */
const view = persisted('preactivations.view', 'layer', oneOf('layer', 'units', 'unit'));
const axis = persisted('preactivations.axis', 'symlog', oneOf('symlog', 'linear'));

/** Enough ridges to see a drift; more would be thinner than their outlines. */
const MOST_STEPS = 60;
/** Steps fetched for one unit: each brings the histograms of all units. */
const MOST_UNIT_STEPS = 24;

interface Target {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly step: number;
}

interface View extends Target {
  readonly shown: PreactivationFrame | null;
  readonly series: Series | null;
  readonly history: readonly (PreactivationFrame | null)[];
}

function Preactivations({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const targets = shownTargets();
  const { views, answers } = useViews(targets);
  useStatus(panel, answers);
  const first = views[0]?.shown ?? null;
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useLayoutEffect(() => {
    panel.headline.value = first && title(first);
    panel.notes.value = views.flatMap(notes);
    panel.exports.value = preactivationExports(views, canvases.current, panel.headline.peek());
  });
  const scale = useScale(views);
  if (!first) return null;
  return (
    <>
      <Tools />
      <div class="side">
        <div class="figures" data-count={views.length}>
          {views.map((one, i) => (
            <section key={i}>
              {views.length > 1 && one.shown && (
                <h3 class="caption">
                  <span class="swatch" style={{ background: runColour(one.run.name) }} />
                  <strong class="clip">
                    {shortened(one.run.name, 60)}, step {one.shown.step.toLocaleString('en-US')}
                  </strong>
                  <span class="muted clip">{title(one.shown)}</span>
                </h3>
              )}
              <Figure view={one} scale={scale} keep={(canvas) => (canvases.current[i] = canvas)} />
            </section>
          ))}
        </div>
      </div>
    </>
  );
}

function title({ negative, count, alwaysNegative, units }: PreactivationFrame): string {
  return ridgeTitle(negative, count, alwaysNegative, units);
}

function notes({ run, record, shown, step: at }: View): string[] {
  const damage = shown?.damage ?? [];
  return [
    ...problemsOf(run.name, record.name, KIND),
    ...damage.map((reason) => `step ${at} of ${record.name} is damaged: ${reason}`),
  ];
}

function shownTargets(): readonly Target[] {
  const first = targetOf(runOf(KIND), step.value);
  if (!first) return [];
  const beside = compared(KIND);
  const second = beside && targetOf(beside.run, beside.step);
  return second ? [first, second] : [first];
}

function targetOf(run: RunInfo | null, wanted: number | null): Target | null {
  const record = recordIn(run, KIND, recordName[KIND].value);
  const at = record && nearestStep(record.steps, wanted);
  return run && record && at !== null ? { run, record, step: at } : null;
}

function useViews(targets: readonly Target[]): {
  readonly views: readonly View[];
  readonly answers: readonly Loaded<unknown>[];
} {
  const units = view.value !== 'layer';
  const frames = useLoadedAll(targets.map((one) => request(one, one.step, units)));
  const all = useLoadedAll(
    view.value === 'unit'
      ? []
      : targets.map(({ run, record }) =>
          series({
            run: run.name,
            name: record.name,
            kind: KIND,
            vectors: ['counts'],
            limit: MOST_STEPS,
          }),
        ),
  );
  const places = view.value === 'unit' ? targets.map((one) => spread(one.record.steps)) : [];
  const history = useLoadedAll(
    places.flatMap((steps, i) => steps.map((at) => request(targets[i], at, true))),
  );
  const parse = useParser();
  const views = targets.map((one, i) => ({
    ...one,
    shown: parse(frames[i].data),
    series: all[i]?.data ?? null,
    history: history
      .slice(places.slice(0, i).flat().length, places.slice(0, i + 1).flat().length)
      .map(({ data, stale }) => (stale ? null : parse(data))),
  }));
  return { views, answers: [...frames, ...all] };
}

function request({ run, record }: Target, at: number, units: boolean) {
  const planes = ['units', 'layer_counts', ...(units ? ['unit_counts'] : [])];
  return frame({ run: run.name, name: record.name, kind: KIND, step: at, planes });
}

/** At most MOST_UNIT_STEPS of the steps, evenly spread, the ends among them. */
function spread(steps: readonly number[]): readonly number[] {
  if (steps.length <= MOST_UNIT_STEPS) return steps;
  return Array.from({ length: MOST_UNIT_STEPS }, (_, i) => {
    return steps[Math.round((i * (steps.length - 1)) / (MOST_UNIT_STEPS - 1))];
  });
}

/** Parses each frame once. */
function useParser(): (frame: Frame | null) => PreactivationFrame | null {
  const parsed = useRef(new WeakMap<Frame, PreactivationFrame | null>());
  return (raw) => {
    if (!raw) return null;
    if (!parsed.current.has(raw)) parsed.current.set(raw, preactivationFrame(raw));
    return parsed.current.get(raw) ?? null;
  };
}

/** One value axis for everything in the panel, so that pictures can be compared. */
function useScale(views: readonly View[]): ValueScale {
  const [first, second] = views;
  const identity = [first?.series, second?.series, first?.shown, second?.shown];
  const known = views.flatMap(({ history }) => history.filter(Boolean)).length;
  return useMemo(() => {
    const ridges = views.flatMap((one) => [
      ...layerRidges(one.series, one.shown),
      ...one.history.flatMap((frame) => layerRidges(null, frame)),
    ]);
    return valueScale(
      ridges.map(({ histogram }) => histogram),
      axis.value,
    );
  }, [...identity, known, axis.value]);
}

function Tools(): JSX.Element {
  const chosen = unit.value;
  return (
    <div class="tools">
      <Segments
        label="What is shown"
        name="Show"
        value={view.value}
        choices={['layer', 'units', 'unit']}
        words={{
          layer: 'layer over steps',
          units: 'units at this step',
          unit: chosen === null ? 'a unit over steps' : `unit ${chosen} over steps`,
        }}
        onChoose={(to) => {
          if (to === 'unit') unit.value ??= 0;
          view.value = to;
        }}
      />
      <Segments
        label="Value axis"
        name="Axis"
        value={axis.value}
        choices={['symlog', 'linear']}
        words={{ symlog: 'log', linear: 'linear' }}
        onChoose={(to) => (axis.value = to)}
      />
    </div>
  );
}

interface FigureProps {
  readonly view: View;
  readonly scale: ValueScale;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

function Figure(props: FigureProps): JSX.Element {
  const { shown } = props.view;
  if (view.value !== 'units') return <Ridges {...props} />;
  if (!shown?.unitCounts) return <p class="muted">No histograms of the units at this step.</p>;
  return <Units {...props} shown={shown} />;
}

function Ridges({ view: one, scale, keep }: FigureProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const chosen = view.value === 'unit' ? (unit.value ?? 0) : null;
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
      label={`Histograms of ${what(chosen)} of ${one.record.name} over ${steps.length} steps; ${Math.round(100 * negative)} % below zero at step ${steps[current]}`}
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
}: FigureProps & { shown: PreactivationFrame }): JSX.Element {
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
