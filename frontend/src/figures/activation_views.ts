/** Which frames the activations panel needs, and what has come of them. */
import { useMemo } from 'preact/hooks';
import { frame, order, series, seriesScalar } from '../api';
import type { Frame, RecordInfo, Request, RunInfo, UnitOrder } from '../api';
import { compared, nearestStep, recordIn, recordName, runOf, step, unitOrder } from '../state';
import { useLoaded, useLoadedAll, type Loaded } from '../ui/loaded';
import { activationFrame, type ActivationFrame } from './activation_frame';

const KIND = 'activations';

/** One picture that is asked for: a run's layer at a step. */
export interface Target {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly step: number;
}

/** The chosen picture and, where two are compared, the second. */
export function targets(): readonly Target[] {
  const first = target(runOf(KIND), step.value);
  if (!first) return [];
  const beside = compared(KIND);
  const second = beside && target(beside.run, beside.step);
  return second ? [first, second] : [first];
}

function target(run: RunInfo | null, wanted: number | null): Target | null {
  const record = recordIn(run, KIND, recordName[KIND].value);
  const at = record && nearestStep(record.steps, wanted);
  return run && record && at !== null ? { run, record, step: at } : null;
}

export function frameOf(
  { run, record }: Target,
  at: number,
  planes?: readonly string[],
): Request<Frame> {
  return frame({ run: run.name, name: record.name, kind: KIND, step: at, planes });
}

export function useFrames(of: readonly Target[]): readonly Loaded<Frame>[] {
  return useLoadedAll(of.map((one) => frameOf(one, one.step)));
}

/** Frames as the figure reads them, parsed once each. */
export function useParsed(
  frames: readonly (Frame | null)[],
  example: number,
): readonly (ActivationFrame | null)[] {
  const first = frames[0] ?? null;
  const second = frames[1] ?? null;
  const a = useMemo(() => first && activationFrame(first, example), [first, example]);
  const b = useMemo(() => second && activationFrame(second, example), [second, example]);
  return [a, b].slice(0, frames.length);
}

/**
 * The step that fixes colours and the order by similarity for all steps: the last at which any unit
 * was active, since a dead layer has no colours and no neighbours. Null until it is known.
 */
export function useReferenceStep(of: Target | undefined): number | null {
  const last = of?.record.last ?? null;
  const lastStep = of ? of.record.steps[of.record.steps.length - 1] : null;
  const alive = last === null || activeUnits(last) > 0;
  const asked =
    of && !alive ? series({ run: of.run.name, name: of.record.name, kind: KIND }) : null;
  const { data } = useLoaded(asked);
  return useMemo(() => {
    if (!of || alive) return lastStep;
    if (!data) return null;
    const [units, dead, constant, broken] = ['units', 'dead', 'constant', 'nonfinite_units'].map(
      (name) => seriesScalar(data, name),
    );
    const lively = data.steps.filter((_, i) => units[i] - dead[i] - constant[i] - broken[i] > 0);
    return nearestStep(of.record.steps, lively.length ? lively[lively.length - 1] : lastStep);
  }, [data, alive, lastStep]);
}

function activeUnits(last: Readonly<Record<string, number>>): number {
  return last['units'] - last['dead'] - last['constant'] - last['nonfinite_units'];
}

/** The server's order by similarity at a step; asked only while it is chosen. */
export function useSimilarity(of: Target | undefined, at: number | null): Loaded<UnitOrder> {
  const wanted = unitOrder.value === 'similarity' && of && at !== null;
  return useLoaded(wanted ? order({ run: of.run.name, name: of.record.name, step: at }) : null);
}
