/** What the amnesia panel asks of the server, and how its answers become profiles. */
import { useMemo } from 'preact/hooks';
import { frame, load, series } from '../../api';
import type { Frame, Request, Series } from '../../api';
import { nearestStep, recordIn, shownRuns, step } from '../../state';
import { useLoadedAll } from '../../ui/loaded';
import type { Loaded } from '../../ui/loaded';
import { runColour } from '../../ui/run_colour';
import { useStable } from '../../ui/stable';
import { LOG_MEAN, profileOfFrame, profileOfSeries, scalarsAt, vectorNames } from './profiles';
import type { Curve, Look } from './profiles';
import { reductionName } from './reductions';
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
  readonly profile: Curve | null;
  readonly earlier: readonly Curve[];
  /** The numbers at the step; null until they are there. */
  readonly scalars: Scalars | null;
  /** For what its header tells; its planes may be those of another choice. */
  readonly frame: Frame | null;
  /** Why the run is not in the plot although nothing has failed, or null. */
  readonly missing: string | null;
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
 * where the overview does not have what is looked at. Of the others a frame's states and header tell
 * what else there is to choose.
 */
export function useShown({ name, channel, reduction, detail }: View): readonly Shown[] {
  const runs = shownRuns.value.flatMap((run) => {
    const record = recordIn(run, KIND, name);
    const at = record && nearestStep(record.steps, step.value);
    const latest = record?.steps[record.steps.length - 1];
    return record && at !== null ? [{ run: run.name, at, latest: at === latest }] : [];
  });
  const query = (run: string) => ({ run, name, kind: KIND }) as const;
  // The series keeps the log-mean alone.
  const kept = reduction === LOG_MEAN;
  const history = kept && runs.length <= MAX_RUNS_WITH_HISTORY;
  const needsFrame = (latest: boolean): boolean => detail || !latest || channel > 0 || !kept;
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
  const frames = useLoadedAll(
    runs.map(({ run, at, latest }) =>
      needsFrame(latest)
        ? fullFrame(run, name, at, reduction)
        : frame({ ...query(run), step: at, planes: ['states'] }),
    ),
  );
  const answers = runs.map(({ latest }, i) => ({
    numbers: numbers[i],
    overview: overviews[i],
    past: pasts[i],
    full: frames[i],
    inFull: needsFrame(latest),
    overviewWillDo: kept && (detail || !needsFrame(latest)),
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

/** Everything of one reduction at a step. */
function fullFrame(run: string, name: string, step: number, reduction: string): Request<Frame> {
  const more = reduction === 'signed_mean' ? ['cancellation'] : [];
  const planes = ['states', reduction, 'band', ...more];
  return frame({ run, name, kind: KIND, step, planes });
}

/** The same at full resolution, for files: what was looked at must not decide what is saved. */
export function inFull(
  shown: readonly Shown[],
  { name, channel, reduction }: Pick<View, 'name' | 'channel' | 'reduction'>,
): Promise<readonly Shown[]> {
  return Promise.all(
    shown.map(async (one) => {
      const full = await load(fullFrame(one.run, name, one.step, reduction)).catch(() => null);
      const { run, colour } = one;
      const profile = full && profileOfFrame(full, { run, colour, channel }, reduction);
      return { ...one, profile: profile ?? one.profile };
    }),
  );
}

export interface Answers {
  readonly numbers: Loaded<Series>;
  readonly overview: Loaded<Series>;
  readonly past: Loaded<Series> | undefined;
  readonly full: Loaded<Frame>;
  /** Whether the frame was asked for with its curve. */
  readonly inFull: boolean;
  /** While the frame is on its way the overview shows the same at a lower resolution. */
  readonly overviewWillDo: boolean;
}

export function shownRun(
  look: Look,
  at: number,
  reduction: string,
  { numbers, overview, past, full, inFull, overviewWillDo }: Answers,
): Shown {
  const answers = [numbers, overview, full];
  const fromFrame = full.data ? profileOfFrame(full.data, look, reduction) : null;
  const profile = fromFrame ?? (overviewWillDo ? fromOverview(overview, at, look) : null);
  const failed = answers.find(({ state }) => state === 'error')?.reason ?? null;
  return {
    run: look.run,
    colour: look.colour,
    step: at,
    profile,
    earlier: earlierSteps(past?.data ?? null, at, look),
    scalars: numbers.data && scalarsAt(numbers.data, rowOf(numbers.data, at)),
    frame: full.data,
    missing: profile === null && inFull ? missing(full, reduction) : null,
    failed,
    waiting:
      profile === null && answers.some(({ state, data }) => state === 'loading' && data === null),
    retry: () => answers.forEach(({ retry }) => retry()),
  };
}

function missing({ state, data }: Loaded<Frame>, reduction: string): string | null {
  if (state === 'loading') return 'is loading';
  const known = data?.header['reductions'];
  if (state !== 'ready' || !Array.isArray(known) || known.includes(reduction)) return null;
  return `has no ${reductionName(reduction)}; recorded: ${known.map(reductionName).join(', ')}`;
}

function fromOverview({ data, stale }: Loaded<Series>, at: number, look: Look): Curve | null {
  if (!data) return null;
  const row = stale ? data.steps.length - 1 : data.steps.indexOf(at);
  return row < 0 ? null : profileOfSeries(data, row, look);
}

function earlierSteps(series: Series | null, at: number, look: Look): readonly Curve[] {
  if (!series) return [];
  return series.steps.flatMap((other, row) =>
    other < at ? (profileOfSeries(series, row, look) ?? []) : [],
  );
}

function rowOf(series: Series, at: number): number {
  return series.steps.indexOf(nearestStep(series.steps, at) ?? NaN);
}
