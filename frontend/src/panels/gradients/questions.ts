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

/** A run whose steps are shown as a picture. */
export interface History extends Shown {
  readonly series: Series | null;
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
  const runs = [first, second, ...others].filter((run) => run !== null).flatMap(recordOf);
  const wanted = runs.slice(0, MOST_RUNS);
  const pictured = wanted.slice(0, second ? 2 : 1);
  const histories = useLoadedAll(pictured.map(historyOf));
  const steps = useOutputSteps(wanted, measure);
  const places = wanted.flatMap((one, i) => placeOf(one, steps[i], step.value));
  const compares = compare.value === 'step' && beside && wanted[0];
  const other = compares ? placeOf(wanted[0], steps[0], beside.step) : [];
  const frames = useLoadedAll([...places, ...other].map(frameAt));
  const nets = useNets(
    frames.map(({ data }) => data),
    first,
  );
  const shown = [...places, ...other].map((place, i) => ({
    ...place,
    frame: frames[i].data,
    net: nets[i],
    failed: frames[i].reason,
  }));
  return {
    shown: shown.slice(0, places.length),
    histories: pictured.map((_, i) => ({ ...shown[i], series: histories[i].data })),
    other: shown[places.length] ?? null,
    answers: [...frames.slice(0, 1), ...histories],
  };
}

type Recorded = Omit<Place, 'step'>;

function recordOf(run: RunInfo): readonly Recorded[] {
  const record = recordIn(run, KIND, recordName[KIND].value);
  return record && record.steps.length > 0 ? [{ run, record }] : [];
}

/** The recorded step nearest to the wanted one, of those with the measure where that is known. */
function placeOf(
  { run, record }: Recorded,
  having: readonly number[] | null,
  wanted: number | null,
): readonly Place[] {
  const usable = having?.filter((one) => record.steps.includes(one)) ?? [];
  const at = nearestStep(usable.length > 0 ? usable : record.steps, wanted);
  return at === null ? [] : [{ run, record, step: at }];
}

/** d loss / d output is measured more rarely than the rest: at which steps, run by run. */
function useOutputSteps(
  runs: readonly Recorded[],
  measure: Measure,
): readonly (readonly number[] | null)[] {
  const asked = measure === 'output' ? runs : [];
  const answers = useLoadedAll(
    asked.map(({ run, record }) => series({ run: run.name, name: record.name, kind: KIND })),
  );
  return runs.map((_, i) => (answers[i]?.data ? outputSteps(answers[i].data) : null));
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

function historyOf({ run, record }: Recorded) {
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
