/** A line for each run: how it does, in a mark, a sentence and its loss. The worst stand first. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ScalarCurve } from '../../api';
import { peakPoints } from './loss_points';
import { Name, shortened } from '../../ui/name';
import { useLoadedAll } from '../../ui/loaded';
import { runColour } from '../../ui/run_colour';
import { lookAtRun } from './look';
import { lossOf } from './questions';
import type { RunAnswer } from './questions';
import { byGravity } from './runs_order';
import { countWords } from './severity';
import { SeverityMark } from './severity_mark';
import { Spark } from './spark';

const SIZE = { width: 96, height: 22 };
const NO_MARKS = { threshold: null, onset: null, now: null };

export function HealthList({
  answers,
  chosen,
}: {
  readonly answers: readonly RunAnswer[];
  readonly chosen: string | null;
}): JSX.Element {
  const known = answers.filter(({ diagnosis }) => diagnosis !== null).length;
  const losses = useLosses(answers);
  return (
    <section class="runs" aria-label="Health of the runs">
      <h3>
        {answers.length} runs
        {known < answers.length && (
          <span class="muted small" role="status">
            {' '}
            {known} diagnosed so far
          </span>
        )}
      </h3>
      <ul>
        {byGravity(answers).map((one) => (
          <RunLine
            key={one.run.name}
            one={one}
            chosen={one.run.name === chosen}
            loss={losses.get(one.run.name) ?? null}
          />
        ))}
      </ul>
    </section>
  );
}

interface RunLineProps {
  readonly one: RunAnswer;
  readonly chosen: boolean;
  readonly loss: ScalarCurve | null;
}

function RunLine({ one: { run, answer, diagnosis }, chosen, loss }: RunLineProps): JSX.Element {
  return (
    <li data-run={run.name}>
      <button
        class="run"
        aria-current={chosen}
        onClick={() => lookAtRun(run.name)}
        title={`Look at ${shortened(run.name, 60)} in all panels`}
      >
        {diagnosis ? <SeverityMark severity={diagnosis.severity} /> : <span class="severity" />}
        <span class="run-name">
          <span class="swatch" style={{ background: runColour(run.name) }} />
          <Name text={run.name} />
        </span>
        <span class="run-says clip">
          {diagnosis ? diagnosis.headline : (answer.reason ?? 'being diagnosed …')}
        </span>
        <span class="run-counts small muted clip">{diagnosis && countWords(diagnosis.counts)}</span>
        <Loss curve={loss} />
      </button>
    </li>
  );
}

function Loss({ curve }: { readonly curve: ScalarCurve | null }): JSX.Element {
  const picture = useMemo(() => {
    if (!curve || curve.steps.length < 2) return null;
    const { x, y } = peakPoints(curve.steps, curve.values, SIZE.width);
    const log = y.every((value) => !(value <= 0));
    return { kind: 'line' as const, x, y, log, yTitle: 'loss' };
  }, [curve]);
  return (
    <span class="run-loss">
      {picture && <Spark picture={picture} marks={NO_MARKS} size={SIZE} />}
    </span>
  );
}

function useLosses(answers: readonly RunAnswer[]): ReadonlyMap<string, ScalarCurve> {
  const asked = answers.flatMap(({ run }) => {
    const request = lossOf(run);
    return request ? [{ run: run.name, request }] : [];
  });
  const loaded = useLoadedAll(asked.map(({ request }) => request));
  return new Map(
    asked.flatMap(({ run }, i) => {
      const curve = loaded[i].data;
      return curve ? [[run, curve] as const] : [];
    }),
  );
}
