/** Which answers the pre-activations panel needs, and what has come of them. */
import { useMemo, useRef } from 'preact/hooks';
import { frame, series } from '../api';
import type { Frame, RecordInfo, Request, RunInfo, Series } from '../api';
import { valueScale, type ValueScale } from '../chart/ridge_scale';
import { compared, nearestStep, recordIn, recordName, runOf, step } from '../state';
import { useLoadedAll, type Loaded } from '../ui/loaded';
import { layerRidges, preactivationFrame, type PreactivationFrame } from './preactivation_data';
import { histogramView, valueAxis } from './view_state';

const KIND = 'preactivations';

/** Enough ridges to see a drift; more would be thinner than their outlines. */
const MOST_STEPS = 60;
/** Steps fetched for one unit: each brings the histograms of all units. */
const MOST_UNIT_STEPS = 24;

export interface HistogramTarget {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly step: number;
}

export interface HistogramView extends HistogramTarget {
  readonly shown: PreactivationFrame | null;
  /** Why the whole frame can't be read, or null. */
  readonly damaged: string | null;
  readonly series: Series | null;
  readonly history: readonly (PreactivationFrame | null)[];
}

export function histogramTargets(): readonly HistogramTarget[] {
  const first = targetOf(runOf(KIND), step.value);
  if (!first) return [];
  const beside = compared(KIND);
  const second = beside && targetOf(beside.run, beside.step);
  return second ? [first, second] : [first];
}

function targetOf(run: RunInfo | null, wanted: number | null): HistogramTarget | null {
  const record = recordIn(run, KIND, recordName[KIND].value);
  const at = record && nearestStep(record.steps, wanted);
  return run && record && at !== null ? { run, record, step: at } : null;
}

export function useHistogramViews(targets: readonly HistogramTarget[]): {
  readonly views: readonly HistogramView[];
  readonly answers: readonly Loaded<unknown>[];
} {
  const units = histogramView.value !== 'layer';
  const frames = useLoadedAll(targets.map((one) => request(one, one.step, units)));
  const all = useLoadedAll(
    histogramView.value === 'unit'
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
  const places =
    histogramView.value === 'unit' ? targets.map((one) => spread(one.record.steps)) : [];
  const history = useLoadedAll(
    places.flatMap((steps, i) => steps.map((at) => request(targets[i], at, true))),
  );
  const parse = useParser();
  const views = targets.map((one, i) => ({
    ...one,
    shown: parse(frames[i].data),
    damaged: frames[i].data?.damaged ?? null,
    series: all[i]?.data ?? null,
    history: history
      .slice(places.slice(0, i).flat().length, places.slice(0, i + 1).flat().length)
      .map(({ data, stale }) => (stale ? null : parse(data))),
  }));
  return { views, answers: [...frames, ...all] };
}

function request({ run, record }: HistogramTarget, at: number, units: boolean): Request<Frame> {
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
export function useValueScale(views: readonly HistogramView[]): ValueScale {
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
      valueAxis.value,
    );
  }, [...identity, known, valueAxis.value]);
}
