/** What the nets were before training: the reference of every later profile. */
import { useMemo } from 'preact/hooks';
import { frame, series } from '../../api';
import type { RecordInfo } from '../../api';
import type { Scalars } from '../../amnesia';
import { recordIn, shownRuns } from '../../state';
import { useLoadedAll } from '../../ui/loaded';
import { runColour } from '../../ui/run_colour';
import { useStable } from '../../ui/stable';
import { LOG_MEAN, profileOfFrame, profileOfSeries, vectorNames } from './profiles';
import type { Curve } from './profiles';
import type { View } from './questions';

const KIND = 'untrained';

/** The numbers before training, by run; of the runs that have recorded them. */
export function untrainedOf(name: string): ReadonlyMap<string, RecordInfo & { last: Scalars }> {
  return new Map(
    shownRuns.value.flatMap((run) => {
      const record = recordIn(run, KIND, name);
      return record?.last ? [[run.name, { ...record, last: record.last }] as const] : [];
    }),
  );
}

/** Their curves, of those runs that are asked for. */
export function useUntrained(
  { name, channel, reduction }: Pick<View, 'name' | 'channel' | 'reduction'>,
  runs: readonly string[],
): readonly Curve[] {
  const records = untrainedOf(name);
  const asked = runs.flatMap((run) => {
    const at = records.get(run)?.steps[0];
    return at === undefined ? [] : [{ run, at }];
  });
  // The series keeps the log-mean alone.
  const kept = reduction === LOG_MEAN;
  const overviews = useLoadedAll(
    kept
      ? asked.map(({ run }) =>
          series({ run, name, kind: KIND, vectors: vectorNames(channel), limit: 1 }),
        )
      : [],
  );
  const frames = useLoadedAll(
    kept
      ? []
      : asked.map(({ run, at }) =>
          frame({ run, name, kind: KIND, step: at, planes: ['states', reduction] }),
        ),
  );
  const colours = asked.map(({ run }) => runColour(run));
  const data = [...overviews, ...frames].map((answer) => answer.data);
  return useMemo(
    () =>
      asked.flatMap(({ run }, i) => {
        const look = { run, colour: colours[i], channel };
        const [overview, whole] = [overviews[i]?.data, frames[i]?.data];
        if (whole) return profileOfFrame(whole, look, reduction) ?? [];
        return overview?.steps.length ? (profileOfSeries(overview, 0, look) ?? []) : [];
      }),
    [useStable([...data, ...colours, ...runs]), channel, reduction],
  );
}
