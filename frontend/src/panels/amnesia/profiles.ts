/** From answers of the server to profiles to draw; pure. */
import { seriesScalar, seriesVector } from '../../api';
import type { Frame, Series } from '../../api';
import { MASKED, UNDERFLOWED } from '../../chart/line_amnesia';
import type { Profile } from '../../chart/line_amnesia';
import type { Scalars } from '../../amnesia';

export interface Look {
  readonly run: string;
  readonly colour: string;
  /** 0: combined; 1 + c: channel c. */
  readonly channel: number;
}

/** The reduction that every log has, and the only one that series keep. */
export const LOG_MEAN = 'log_mean';

/** A profile and, for a signed mean, what is left of the magnitude: abs(mean g) / mean abs g. */
export interface Curve extends Profile {
  readonly cancellation: ArrayLike<number> | null;
}

/** The vectors of a series that carry one channel's curve. */
export function vectorNames(channel: number): readonly string[] {
  // States and band are kept for the combined curve alone.
  return channel === 0
    ? ['t', 'combined', 'low', 'high', 'state']
    : ['t', `channel_${channel - 1}`];
}

/** The profile of one step of a series; null where the series has no curve at that row. */
export function profileOfSeries(series: Series, row: number, look: Look): Curve | null {
  const t = withoutPadding(seriesVector(series, 't', row));
  const [, curve, low, high, state] = vectorNames(look.channel).map((name) =>
    seriesVector(series, name, row).subarray(0, t.length),
  );
  if (t.length === 0 || curve.length === 0) return null;
  const scalars = scalarsAt(series, row);
  return {
    ...look,
    step: series.steps[row],
    outputStep: scalars['output_step'],
    timesteps: scalars['timesteps'],
    t,
    log10: curve,
    states: state?.length ? state : likelyStates(curve, scalars['log10_floor']),
    low: low?.length ? low : null,
    high: high?.length ? high : null,
    near: look.channel === 0 ? scalars['log10_near'] : nearLevel(t, curve, scalars['output_step']),
    log10Floor: scalars['log10_floor'],
    cancellation: null,
  };
}

/** Where a series does not say: no value is no data, and a value at the floor stands for zeros. */
function likelyStates(curve: Float32Array, log10Floor: number): Uint8Array {
  return Uint8Array.from(curve, (value) => {
    if (Number.isNaN(value)) return MASKED;
    return value <= log10Floor + 0.01 ? UNDERFLOWED : 0;
  });
}

/** The profile of a frame at full resolution; null where its planes can't be read. */
export function profileOfFrame(frame: Frame, look: Look, reduction: string): Curve | null {
  const curves = frame.planes.get(reduction);
  const states = frame.planes.get('states');
  if (!curves || !states || curves.damaged !== null || states.damaged !== null) return null;
  const [rows, timesteps] = curves.shape;
  if (look.channel >= rows) return null;
  const [from, to] = [look.channel * timesteps, (look.channel + 1) * timesteps];
  const log10 = curves.data.subarray(from, to);
  const band = reduction === LOG_MEAN ? frame.planes.get('band') : undefined;
  const bandRow = (row: number): ArrayLike<number> | null =>
    band && band.damaged === null
      ? band.data.subarray(row * rows * timesteps + from, row * rows * timesteps + to)
      : null;
  const left = frame.planes.get('cancellation');
  const t = Uint32Array.from({ length: timesteps }, (_, i) => i);
  const outputStep = Number(frame.header['output_step']);
  return {
    ...look,
    step: frame.step,
    outputStep,
    timesteps,
    t,
    log10,
    states: states.data.subarray(from, to),
    low: bandRow(0),
    high: bandRow(1),
    near: nearLevel(t, log10, outputStep),
    log10Floor: Math.log10(Number(frame.header['floor'])),
    cancellation:
      reduction === 'signed_mean' && left?.damaged === null ? left.data.subarray(from, to) : null,
  };
}

/** The numbers of one step of a series, by name. */
export function scalarsAt(series: Series, row: number): Scalars {
  const names = series.planes.get('scalars')?.rows ?? [];
  return Object.fromEntries(names.map((name) => [name, seriesScalar(series, name)[row]]));
}

const NEAR_SHARE = 0.01;
const NEAR_LEAST = 2;

/** log10 of the mean over the nearest 1 % of lags, at least 0 to 2, as docs/wire_format.md has it. */
export function nearLevel(
  t: ArrayLike<number>,
  log10: ArrayLike<number>,
  outputStep: number,
): number {
  let reach = 0;
  for (let i = 0; i < t.length; i++) {
    if (Number.isFinite(log10[i])) reach = Math.max(reach, Math.abs(t[i] - outputStep));
  }
  const limit = Math.max(NEAR_LEAST, NEAR_SHARE * reach);
  const logs = Array.from(log10).filter(
    (log, i) => Number.isFinite(log) && Math.abs(t[i] - outputStep) <= limit,
  );
  if (logs.length === 0) return NaN;
  // Without leaving the logarithms' range: values may be below the least double.
  const largest = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + 10 ** (log - largest), 0);
  return largest + Math.log10(sum / logs.length);
}

/** Timesteps are never NaN: what follows the last is padding. */
function withoutPadding(t: Float32Array): Float32Array {
  let length = t.length;
  while (length > 0 && Number.isNaN(t[length - 1])) length--;
  return t.subarray(0, length);
}
