/** The numbers of a profile that no series has: docs/wire_format.md says what each of them is. */
import type { Scalars } from '../../amnesia';
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from '../../chart/line_amnesia';
import type { Profile } from '../../chart/line_amnesia';

type Measured = Pick<
  Profile,
  'log10' | 'states' | 'outputStep' | 'timesteps' | 'near' | 'log10Floor'
>;

/** One timestep that the output sees. */
interface Point {
  readonly lag: number;
  readonly log10: number;
  /** No magnitude but a bound from above. */
  readonly bound: boolean;
}

const FAR_SHARE = 0.1;
const ROUNDING = 1e-9;

/** The profile must hold every timestep, in order. */
export function rowNumbers(profile: Measured): Scalars {
  const { log10, states, outputStep, timesteps, near } = profile;
  const points = pointsByLag(profile);
  const count = (state: number): number =>
    states.length - Array.from(states).filter((other) => other !== state).length;
  const known = {
    output_step: outputStep,
    timesteps,
    underflowed: count(UNDERFLOWED),
    unreachable: count(UNREACHABLE),
    masked: count(MASKED),
    nonfinite: count(NONFINITE),
    log10_floor: profile.log10Floor,
  };
  const reach = points[points.length - 1]?.lag ?? 0;
  if (log10.length < 2 || reach === 0) return { ...known, log10_near: NaN };
  const far = points.filter(({ lag }) => lag > (1 - FAR_SHARE) * reach);
  const highest = Math.max(...far.map((point) => point.log10));
  const drop = Math.max(0, Math.floor(near - highest + ROUNDING));
  const beyondHalf = points.filter(({ lag }) => lag > reach / 2);
  return {
    ...known,
    ...shares(points),
    ...halfLife(points.filter(({ bound }) => !bound)),
    log10_amnesia_ratio: logMean(beyondHalf) - logMean(points),
    log10_near: near,
    log10_far: logMean(far),
    reach,
    drop_decades: drop,
    drop_lag: drop > 0 ? staysBelow(points, near - drop) : NaN,
  };
}

function pointsByLag({ log10, outputStep, states, log10Floor }: Measured): readonly Point[] {
  const points: Point[] = [];
  for (let t = 0; t < log10.length; t++) {
    if (!Number.isFinite(log10[t])) continue;
    const bound = states[t] === UNDERFLOWED || log10[t] <= log10Floor;
    points.push({ lag: Math.abs(t - outputStep), log10: log10[t], bound });
  }
  return points.sort((a, b) => a.lag - b.lag);
}

/** Without leaving the logarithms' range: values may be below the least double. */
function logMean(points: readonly Point[]): number {
  const largest = points.reduce((most, { log10 }) => Math.max(most, log10), -Infinity);
  const sum = points.reduce((total, { log10 }) => total + 10 ** (log10 - largest), 0);
  return largest + Math.log10(sum / points.length);
}

/** The shortest lag from which all are at most at the level, both sides of it. */
function staysBelow(points: readonly Point[], level: number): number {
  let above = points.length - 1;
  while (above >= 0 && points[above].log10 <= level + ROUNDING) above--;
  const later = points.slice(above + 1).find(({ lag }) => lag > (points[above]?.lag ?? -1));
  return later?.lag ?? NaN;
}

function shares(points: readonly Point[]): Scalars {
  const largest = points.reduce((most, { log10 }) => Math.max(most, log10), -Infinity);
  const weights = points.map(({ log10 }) => 10 ** (log10 - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [within, lags, entropy, horizon] = [0, 0, 0, NaN];
  weights.forEach((weight, i) => {
    within += weight;
    lags += weight * points[i].lag;
    if (weight > 0) entropy -= (weight / total) * Math.log(weight / total);
    if (Number.isNaN(horizon) && within >= 0.9 * total * (1 - 1e-12)) horizon = points[i].lag;
  });
  return { horizon90: horizon, effective_steps: Math.exp(entropy), mean_lag: lags / total };
}

const LEAST_LAGS = 10;

function halfLife(points: readonly Point[]): Scalars {
  const lags = new Set(points.map(({ lag }) => lag)).size;
  if (lags < LEAST_LAGS) return { half_life: NaN, half_life_r2: NaN };
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ lag }) => lag), mean(({ log10 }) => log10)];
  const xx = mean(({ lag }) => (lag - x) ** 2);
  const yy = mean(({ log10 }) => (log10 - y) ** 2);
  const xy = mean(({ lag, log10 }) => (lag - x) * (log10 - y));
  const flat = yy < ROUNDING ** 2;
  return {
    half_life: flat || xy >= 0 ? Infinity : (-Math.log10(2) * xx) / xy,
    half_life_r2: flat ? NaN : xy ** 2 / (xx * yy),
  };
}
