/** What the amnesia panel asks of the server, and how its answers become profiles. */
import { useMemo } from 'preact/hooks';
import { frame, series } from '../../api';
import type { Frame, Series } from '../../api';
import type { Profile } from '../../chart/line_amnesia';
import { nearestStep, recordIn, shownRuns, step } from '../../state';
import { useLoadedAll } from '../../ui/loaded';
import type { Loaded } from '../../ui/loaded';
import { runColour } from '../../ui/run_colour';
import { useStable } from '../../ui/stable';
import { profileOfFrame, profileOfSeries, scalarsAt, vectorNames } from './profiles';
import type { Look } from './profiles';
import type { Scalars } from '../../amnesia';

const KIND = 'input_gradients';
/** With more runs than this their earlier steps would hide the chosen ones. */
export const MAX_RUNS_WITH_HISTORY = 2;
const HISTORY_STEPS = 8;

/** One run in the plot. */
export interface Shown {
  readonly run: string;
  readonly colour: string;
  /** The recorded step nearest to the chosen one. */
  readonly step: number;
  readonly profile: Profile | null;
  readonly earlier: readonly Profile[];
  /** The numbers at the step; null until they are there. */
  readonly scalars: Scalars | null;
  readonly frame: Frame | null;
  readonly failed: string | null;
  readonly waiting: boolean;
  readonly retry: () => void;
}

export interface View {
  readonly name: string;
  readonly channel: number;
  readonly reduction: string;
  /** Full resolution is wanted: somebody looks closely. */
  readonly detail: boolean;
}

/**
 * Asks for small overviews first, a few kilobytes a run, and for frames at full resolution only
 * where the overview does not have what is looked at.
 */
export function useShown({ name, channel, reduction, detail }: View): readonly Shown[] {
  const runs = shownRuns.value.flatMap((run) => {
    const record = recordIn(run, KIND, name);
    const at = record && nearestStep(record.steps, step.value);
    const latest = record?.steps[record.steps.length - 1];
    return record && at !== null ? [{ run: run.name, at, latest: at === latest }] : [];
  });
  const query = (run: string) => ({ run, name, kind: KIND }) as const;
  const history = runs.length <= MAX_RUNS_WITH_HISTORY;
  const needsFrame = (latest: boolean): boolean =>
    detail || !latest || channel > 0 || reduction !== 'log_mean';
  const numbers = useLoadedAll(runs.map(({ run }) => series(query(run))));
  const overviews = useLoadedAll(
    runs.map(({ run }) => series({ ...query(run), vectors: vectorNames(channel), limit: 2 })),
  );
  const pasts = useLoadedAll(
    history
      ? runs.map(({ run }) =>
          series({
            ...query(run),
            vectors: vectorNames(channel).slice(0, 2),
            limit: HISTORY_STEPS,
          }),
        )
      : [],
  );
  const wanted = runs.filter(({ latest }) => needsFrame(latest));
  const frames = useLoadedAll(
    wanted.map(({ run, at }) =>
      frame({ ...query(run), step: at, planes: ['states', reduction, 'band'] }),
    ),
  );
  const answers = runs.map(({ run, latest }, i) => ({
    numbers: numbers[i],
    overview: overviews[i],
    past: pasts[i],
    full: frames[wanted.findIndex((other) => other.run === run)],
    overviewWillDo: detail || !needsFrame(latest),
  }));
  const parts = answers.flatMap(({ numbers, overview, past, full }) =>
    [numbers, overview, past, full].flatMap((part) => [part?.data, part?.state]),
  );
  const looks = runs.flatMap(({ run, at }) => [run, at, runColour(run)]);
  return useMemo(
    () =>
      runs.map(({ run, at }, i) =>
        shownRun({ run, colour: runColour(run), channel }, at, reduction, answers[i]),
      ),
    [useStable([...parts, ...looks]), channel, reduction],
  );
}

interface Answers {
  readonly numbers: Loaded<Series>;
  readonly overview: Loaded<Series>;
  readonly past: Loaded<Series> | undefined;
  readonly full: Loaded<Frame> | undefined;
  /** While the frame is on its way the overview shows the same at a lower resolution. */
  readonly overviewWillDo: boolean;
}

function shownRun(
  look: Look,
  at: number,
  reduction: string,
  { numbers, overview, past, full, overviewWillDo }: Answers,
): Shown {
  const answers = [numbers, overview, ...(full ? [full] : [])];
  const fromFrame = full?.data ? profileOfFrame(full.data, look, reduction) : null;
  const profile = fromFrame ?? (overviewWillDo ? fromOverview(overview, at, look) : null);
  const failed = answers.find(({ state }) => state === 'error')?.reason ?? null;
  return {
    run: look.run,
    colour: look.colour,
    step: at,
    profile,
    earlier: earlierSteps(past?.data ?? null, at, look),
    scalars: numbers.data && scalarsAt(numbers.data, rowOf(numbers.data, at)),
    frame: full?.data ?? null,
    failed,
    waiting:
      profile === null && answers.some(({ state, data }) => state === 'loading' && data === null),
    retry: () => answers.forEach(({ retry }) => retry()),
  };
}

function fromOverview({ data, stale }: Loaded<Series>, at: number, look: Look): Profile | null {
  if (!data) return null;
  const row = stale ? data.steps.length - 1 : data.steps.indexOf(at);
  return row < 0 ? null : profileOfSeries(data, row, look);
}

function earlierSteps(series: Series | null, at: number, look: Look): readonly Profile[] {
  if (!series) return [];
  return series.steps.flatMap((other, row) =>
    other < at ? (profileOfSeries(series, row, look) ?? []) : [],
  );
}

function rowOf(series: Series, at: number): number {
  return series.steps.indexOf(nearestStep(series.steps, at) ?? NaN);
}
