/** Which frames the activations panel needs, and what has come of them. */
import { useMemo } from 'preact/hooks';
import { frame, series, seriesScalar } from '../api';
import type { Frame, RecordInfo, Request, RunInfo } from '../api';
import { colourScale, type ColourScale } from '../chart/colour_scale';
import type { Picture } from '../chart/heatmap_picture';
import { compared, nearestStep, recordIn, recordName, runOf, step } from '../state';
import { useLoaded, useLoadedAll, type Loaded } from '../ui/loaded';
import { activationFrame, type ActivationFrame } from './activation_frame';
import { colourLimit } from './view_state';

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

const read = new WeakMap<Frame, Map<number, ActivationFrame | null>>();

/** A frame as the figures read it, each example parsed once. */
export function parsed(frame: Frame | null, example: number): ActivationFrame | null {
  if (!frame) return null;
  const known = read.get(frame) ?? new Map<number, ActivationFrame | null>();
  read.set(frame, known);
  if (!known.has(example)) known.set(example, activationFrame(frame, example));
  return known.get(example) ?? null;
}

/** The same frame with another of its examples. */
export function frameAt(frame: ActivationFrame, example: number): ActivationFrame {
  return parsed(frame.source, example) ?? frame;
}

/**
 * The step that fixes colours and the order by similarity for all steps: the last at which any unit
 * was active, since a dead layer has no colours and no neighbours. Null until it is known.
 */
function useReferenceStep(of: Target | undefined): number | null {
  const last = of?.record.last ?? null;
  const latest = lastStep(of);
  const alive = last === null || activeUnits(last) > 0;
  const asked =
    of && !alive ? series({ run: of.run.name, name: of.record.name, kind: KIND }) : null;
  const { data } = useLoaded(asked);
  return useMemo(() => {
    if (!of || alive) return latest;
    if (!data) return null;
    const [units, dead, constant, broken] = ['units', 'dead', 'constant', 'nonfinite_units'].map(
      (name) => seriesScalar(data, name),
    );
    const lively = data.steps.filter((_, i) => units[i] - dead[i] - constant[i] - broken[i] > 0);
    return nearestStep(of.record.steps, lively.length ? lively[lively.length - 1] : latest);
  }, [data, alive, latest]);
}

export function lastStep(of: Target | undefined): number | null {
  return of ? of.record.steps[of.record.steps.length - 1] : null;
}

function activeUnits(last: Readonly<Record<string, number>>): number {
  return last['units'] - last['dead'] - last['constant'] - last['nonfinite_units'];
}

/**
 * The frame whose colours hold for all steps, and its step; `frame` is null while each step has its
 * own colours.
 */
export function useReference(
  of: Target | undefined,
  shown: readonly (ActivationFrame | null)[],
): {
  readonly step: number | null;
  readonly frame: ActivationFrame | null;
  readonly answer: Loaded<Frame>;
} {
  const step = useReferenceStep(of);
  // A picture of zeros looks the same on every scale: nothing needs to be fetched for it.
  const idle = colourLimit.value === 'step' || shown.every((one) => !one || isDead(one));
  const answer = useLoaded(of && step !== null && !idle ? frameOf(of, step) : null);
  return { step, frame: parsed(answer.data, 0), answer };
}

function isDead({ health }: ActivationFrame): boolean {
  return health.every((kind) => kind === 'dead');
}

/** One colour scale for all figures and examples: the reference's, or that of what is shown. */
export function useScale(
  frames: readonly (ActivationFrame | null)[],
  reference: ActivationFrame | null,
  name: string,
): ColourScale {
  const [first, second] = frames.map((frame) => frame?.pictures);
  return useMemo(() => {
    const shown = [...(first ?? []), ...(second ?? [])];
    const own = colourScale(shown);
    const gate = gateScale(name, shown);
    if (gate) return gate;
    if (!reference?.picture) return own;
    const fixed = colourScale([...reference.pictures, ...(second ?? [])]);
    // A step with negative values needs the diverging map, whatever the reference had.
    return { limit: fixed.limit, kind: own.kind === 'diverging' ? own.kind : fixed.kind };
  }, [first, second, reference, name]);
}

/** Gates of recurrent layers that end in a sigmoid. */
const SIGMOID_GATE = /\/(input|forget|output|update|reset)$/;

/** A gate is open at 1 and shut at 0, however far it went at this step. */
export function gateScale(name: string, pictures: readonly Picture[]): ColourScale | null {
  const within = pictures.every(
    ({ low, high }) =>
      Array.from(low).every((a) => !(a < 0)) && Array.from(high).every((a) => !(a > 1)),
  );
  return SIGMOID_GATE.test(name) && within ? { kind: 'sequential', limit: 1 } : null;
}
