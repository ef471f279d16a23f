/** What the gradients panel asks of the server, and what has come of it. */
import { useMemo } from 'preact/hooks';
import { frame, series } from '../../api';
import type { Frame, RecordInfo, RunInfo, Series } from '../../api';
import { graphOf } from '../../model';
import {
  compare,
  compared,
  nearestStep,
  recordIn,
  recordName,
  runOf,
  shownRuns,
  step,
} from '../../state';
import { useLoadedAll } from '../../ui/loaded';
import type { Loaded } from '../../ui/loaded';
import { useStable } from '../../ui/stable';
import { netOf, outputSteps, VECTORS, type Measure, type Net } from './data';

const KIND = 'health';
/** Curves of more runs hide each other. */
const MOST_RUNS = 20;
/** A picture has no pixels for more columns; of nets with many weights fewer steps are asked for. */
const [FEWEST_STEPS, MOST_STEPS] = [120, 500];
const MOST_CELLS = 60_000;

/** One run at the step that is looked at. */
export interface Place {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  /** The recorded step nearest to the chosen one. */
  readonly step: number;
}

export interface Shown extends Place {
  readonly frame: Frame | null;
  readonly net: Net | null;
  /** Why its step could not be asked for, or null. */
  readonly failed: string | null;
}

/** What is known of a run's weights, whatever is shown. */
export interface Training extends Shown {
  readonly series: Series | null;
}

/** A run whose steps are shown as a picture. */
export interface History extends Shown {
  readonly series: Series | null;
  readonly training: Training;
  /** Whether the run has gradients of layers' outputs, in this record or in one of their own. */
  readonly hasOutputs: boolean;
}

export interface Answers {
  /** The run of the panel first, then others, up to MOST_RUNS. */
  readonly shown: readonly Shown[];
  /** The run of the panel and, where two runs are compared, the second. */
  readonly histories: readonly History[];
  /** The second step of a comparison of steps, or null. */
  readonly other: Shown | null;
  readonly answers: readonly Loaded<unknown>[];
}

export function useHealth(measure: Measure): Answers {
  const first = runOf(KIND);
  const beside = first && compared(KIND);
  const second = compare.value === 'run' ? (beside?.run ?? null) : null;
  const others = shownRuns.value.filter((run) => run !== first && run !== second);
  const runs = [first, second, ...others].filter((run) => run !== null).flatMap(recordsOf);
  const sources = runs.slice(0, MOST_RUNS).map((one) => sourceOf(one, measure));
  const pictured = runs.slice(0, second ? 2 : 1);
  const steps = useOutputSteps(sources, measure);
  const places = sources.flatMap((one, i) => placeOf(one, steps[i], step.value));
  const compares = compare.value === 'step' && beside && sources[0];
  const other = compares ? placeOf(sources[0], steps[0], beside.step) : [];
  const trainings = pictured.flatMap((one) => placeOf(one, null, step.value));
  // Asked for before they are looked at, so that a change of the measure never blinks.
  const apart = pictured.map((one) => sourceOf(one, 'output'));
  const next = apart.flatMap((one) => placeOf(one, null, step.value));
  const all = [...places, ...other, ...trainings, ...next];
  const frames = useLoadedAll(all.map(frameAt));
  const series = useLoadedAll(
    [...sources.slice(0, pictured.length), ...pictured, ...apart].map(historyOf),
  );
  const nets = useNets(
    frames.map(({ data }) => data),
    first,
  );
  const shown = all.map((place, i) => ({
    ...place,
    frame: frames[i].data,
    net: nets[i],
    failed: frames[i].reason,
  }));
  const start = places.length + other.length;
  const count = pictured.length;
  const whole = useMemo(
    () => pictured.map((_, i) => joined(nets[start + i], [nets[i], nets[start + count + i]])),
    [nets, start, count],
  );
  return {
    shown: shown.slice(0, places.length),
    histories: pictured.map((one, i) => ({
      ...shown[i],
      net: whole[i],
      series: series[i].data,
      training: { ...shown[start + i], series: series[count + i].data },
      hasOutputs: one.outputs !== one.record || hasOutputs(series[i].data),
    })),
    other: other.length > 0 ? shown[places.length] : null,
    answers: [...frames.slice(0, 1), ...frames.slice(start), ...series],
  };
}

interface Source {
  readonly run: RunInfo;
  readonly record: RecordInfo;
}

interface Recorded extends Source {
  /** Of the gradients by the layers' outputs, which a recorder keeps apart. */
  readonly outputs: RecordInfo;
}

function recordsOf(run: RunInfo): readonly Recorded[] {
  const record = recordIn(run, KIND, recordName[KIND].value);
  if (!record || record.steps.length === 0) return [];
  const apart = run.records.find(
    ({ kind, last, steps }) =>
      kind === KIND && last?.['parameters'] === 0 && last['layers'] > 0 && steps.length > 0,
  );
  return [{ run, record, outputs: record.last?.['parameters'] && apart ? apart : record }];
}

function sourceOf({ run, record, outputs }: Recorded, measure: Measure): Source {
  return { run, record: measure === 'output' ? outputs : record };
}

/** The weights as the training knows them, the outputs as they were differentiated by. */
function joined(training: Net | null, others: readonly (Net | null)[]): Net | null {
  const known = others.flatMap((net) => net ?? []);
  const having = known.find(({ outputs }) => outputs.length > 0);
  if (!training || !having) return training ?? known[0] ?? null;
  const { outputs, outputOrder, objective } = having;
  return { ...training, outputs, outputOrder, objective };
}

function hasOutputs(series: Series | null): boolean {
  return series !== null && outputSteps(series).length > 0;
}

/** The recorded step nearest to the wanted one, of those with the measure where that is known. */
function placeOf(
  { run, record }: Source,
  having: readonly number[] | null,
  wanted: number | null,
): readonly Place[] {
  const usable = having?.filter((one) => record.steps.includes(one)) ?? [];
  const at = nearestStep(usable.length > 0 ? usable : record.steps, wanted);
  return at === null ? [] : [{ run, record, step: at }];
}

/** d loss / d output is measured more rarely than the rest: at which steps, run by run. */
function useOutputSteps(
  sources: readonly Source[],
  measure: Measure,
): readonly (readonly number[] | null)[] {
  const asked = measure === 'output' ? sources : [];
  const answers = useLoadedAll(
    asked.map(({ run, record }) => series({ run: run.name, name: record.name, kind: KIND })),
  );
  return sources.map((_, i) => (answers[i]?.data ? outputSteps(answers[i].data) : null));
}

function useNets(frames: readonly (Frame | null)[], run: RunInfo | null): readonly (Net | null)[] {
  const graph = run && graphOf(run.name);
  const identity = useStable([...frames, graph]);
  return useMemo(() => frames.map((data) => data && netOf(data.header, graph)), [identity]);
}

function frameAt({ run, record, step: at }: Place) {
  const planes = ['parameters', 'history', 'outputs'];
  return frame({ run: run.name, name: record.name, kind: KIND, step: at, planes });
}

function historyOf({ run, record }: Source) {
  const parameters = record.last?.['parameters'] || 1;
  const limit = Math.round(Math.min(MOST_STEPS, Math.max(FEWEST_STEPS, MOST_CELLS / parameters)));
  return series({ run: run.name, name: record.name, kind: KIND, vectors: VECTORS, limit });
}

/** Steps of which histograms are shown; each brings those of all weights. */
const MOST_HISTOGRAMS = 24;

/** Frames with histograms, evenly spread over the steps, the chosen one among them. */
export function useHistograms(place: Place, wanted: boolean): readonly Loaded<Frame>[] {
  const { run, record, step: at } = place;
  const { steps } = record;
  const count = Math.min(MOST_HISTOGRAMS, steps.length);
  const spread = Array.from({ length: count }, (_, i) => {
    return steps[Math.round((i * (steps.length - 1)) / Math.max(1, count - 1))];
  });
  const asked = [...new Set([...spread, at])].sort((a, b) => a - b);
  const planes = ['weight_counts', 'gradient_counts'];
  return useLoadedAll(
    wanted
      ? asked.map((one) =>
          frame({ run: run.name, name: record.name, kind: KIND, step: one, planes }),
        )
      : [],
  );
}
