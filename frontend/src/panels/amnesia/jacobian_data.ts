/** From frames of the temporal Jacobian to what is drawn of them; pure. */
import type { Frame } from '../../api';
import { extentOf, rowOf, type Matrix } from '../../chart/jacobian';
import { wholeDecades } from '../../chart/line_amnesia';
import type { Span } from '../../chart/line_spans';
import { nearLevel } from './profiles';
import type { Curve, Look } from './profiles';
import type { Shown } from './questions';
import { rowNumbers } from './row_numbers';

/** A Jacobian with what its header tells; null where its planes can't be read. */
export interface Jacobian extends Matrix {
  readonly step: number;
  readonly examples: number;
  readonly log10Floor: number;
  /** `[outputSteps]`: log10 of the amnesia ratio of each; NaN where it is not known. */
  readonly ratio: ArrayLike<number>;
  /** `[outputSteps]`: log10 of each output's near level. */
  readonly near: Float64Array;
}

const made = new WeakMap<Frame, { readonly jacobian: Jacobian | null }>();

export function jacobianOf(frame: Frame): Jacobian | null {
  const known = made.get(frame);
  if (known) return known.jacobian;
  const jacobian = parsed(frame);
  made.set(frame, { jacobian });
  return jacobian;
}

function parsed({ step, header, planes }: Frame): Jacobian | null {
  const [outputSteps, states, log10, ratio] = ['output_steps', 'states', 'log_mean', 'ratio'].map(
    (name) => planes.get(name),
  );
  if (!outputSteps || !states || !log10) return null;
  if ([outputSteps, states, log10].some(({ damaged }) => damaged !== null)) return null;
  const [rows, timesteps] = log10.shape;
  const shape = header['shape'];
  const matrix = {
    outputSteps: outputSteps.data,
    timesteps,
    log10: log10.data as Float32Array,
    states: states.data as Uint8Array,
  };
  return {
    ...matrix,
    step,
    examples: Array.isArray(shape) ? Number(shape[0]) : 0,
    log10Floor: Math.log10(Number(header['floor'])),
    ratio: ratio?.damaged === null ? ratio.data : new Float64Array(rows).fill(NaN),
    near: Float64Array.from({ length: rows }, (_, row) => nearOf(matrix, row)),
  };
}

function nearOf({ log10, timesteps, outputSteps }: Matrix, row: number): number {
  const t = Uint32Array.from({ length: timesteps }, (_, i) => i);
  return nearLevel(t, log10.subarray(row * timesteps, (row + 1) * timesteps), outputSteps[row]);
}

/** What is subtracted from the logarithms of each row: its near level, or nothing. */
export function levelsOf({ near }: Jacobian, relative: boolean): Float64Array {
  return near.map((level) => (relative && Number.isFinite(level) ? level : 0));
}

/** The whole decades that its colours stand for. */
export function colourSpan(jacobian: Jacobian, relative: boolean): Span {
  const [low, high] = extentOf(jacobian, levelsOf(jacobian, relative)) ?? [Infinity, -Infinity];
  return wholeDecades(low, high);
}

/** One row as a curve. */
export function curveOfRow(jacobian: Jacobian, row: number, look: Look): Curve {
  const { timesteps, step, near, log10Floor } = jacobian;
  const [from, to] = [row * timesteps, (row + 1) * timesteps];
  return {
    ...look,
    step,
    outputStep: jacobian.outputSteps[row],
    timesteps,
    t: Uint32Array.from({ length: timesteps }, (_, i) => i),
    log10: jacobian.log10.subarray(from, to),
    states: jacobian.states.subarray(from, to),
    low: null,
    high: null,
    near: near[row],
    log10Floor,
    cancellation: null,
  };
}

/** What has come of the question for a run's Jacobian. */
export interface Answer {
  readonly recorded: boolean;
  readonly frame: Frame | null;
  readonly waiting: boolean;
  readonly failed: string | null;
  readonly retry: () => void;
}

/** A run as the plot shows it while one output step is looked at instead of the recorded one. */
export function atOutput(one: Shown, outputStep: number, answer: Answer): Shown {
  const { recorded, frame, waiting, failed, retry } = answer;
  const nothing = { ...one, profile: null, earlier: [], scalars: null, frame: null, missing: null };
  if (!recorded) return { ...nothing, missing: 'has no Jacobian', waiting: false, failed: null };
  if (!frame) return { ...nothing, waiting, failed, retry };
  const settled = { ...nothing, step: frame.step, waiting: false, failed: null, retry };
  const jacobian = jacobianOf(frame);
  if (!jacobian) return { ...settled, failed: 'the Jacobian is damaged' };
  const row = rowOf(jacobian, outputStep);
  if (row === null)
    return { ...settled, missing: `has no output step ${outputStep} in its Jacobian` };
  const profile = curveOfRow(jacobian, row, { run: one.run, colour: one.colour, channel: 0 });
  const scalars = { ...rowNumbers(profile), examples: jacobian.examples };
  return { ...settled, profile, scalars };
}
