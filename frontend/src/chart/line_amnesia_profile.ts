/** What follows from a profile alone, whatever part of it is in view. */
import { UNDERFLOWED, UNREACHABLE } from './line_amnesia_input';
import type { Profile } from './line_amnesia_input';
import { spansOf } from './line_spans';
import type { Span } from './line_spans';

/** A curve on its axis; over lags one of its two sides. */
export interface Side {
  readonly at: ArrayLike<number>;
  readonly log10: ArrayLike<number>;
  /** Null where there is no band. */
  readonly low: ArrayLike<number> | null;
  readonly high: ArrayLike<number> | null;
  /** The side after the output step, where lags fold the axis. */
  readonly dashed: boolean;
}

export const isGap = (state: number): boolean => state >= UNREACHABLE;

// A profile is looked at again in every frame of a zoom, and never changes.
function once<T>(make: (profile: Profile) => T): (profile: Profile) => T {
  const made = new WeakMap<Profile, { readonly value: T }>();
  return (profile) => {
    const known = made.get(profile);
    if (known) return known.value;
    const value = make(profile);
    made.set(profile, { value });
    return value;
  };
}

/** Least and greatest ordinary value, as logarithms; infinities the wrong way round for none. */
export const extentOf = once(({ log10, states }): readonly [number, number] => {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < log10.length; i++) {
    const value = log10[i];
    if (!Number.isFinite(value) || states[i] !== 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
});

/** The stretches without a value. */
export const gapsOf = once(({ t, states }): readonly Span[] => spansOf(t, states, isGap));

/** The curve over its timesteps. */
export const curveOf = once((profile): Side => {
  const { t, low, high } = profile;
  const log10 = withoutFloor(profile, profile.log10);
  return { at: t, log10, low: low && withoutFloor(profile, low), high, dashed: false };
});

/** The two sides of the curve, each by growing lag; a side of one point is left out. */
export const sidesOf = once((profile): readonly Side[] => {
  const { t, outputStep } = profile;
  let after = 0;
  while (after < t.length && t[after] < outputStep) after++;
  // A step that is the output's own belongs to both sides.
  const before = after < t.length && t[after] === outputStep ? after : after - 1;
  return [
    sideOf(profile, before, -1, before + 1),
    sideOf(profile, after, 1, t.length - after),
  ].filter(({ at }) => at.length > 1);
});

function sideOf(profile: Profile, from: number, by: 1 | -1, count: number): Side {
  const pick = (values: ArrayLike<number>): Float64Array => {
    const picked = new Float64Array(count);
    for (let i = 0; i < count; i++) picked[i] = values[from + by * i];
    return picked;
  };
  const { at, log10, low, high } = curveOf(profile);
  const lags = pick(at).map((t) => Math.abs(t - profile.outputStep));
  return {
    at: lags,
    log10: pick(log10),
    low: low && pick(low),
    high: high && pick(high),
    dashed: by > 0,
  };
}

/** Nothing but zeros: the floor that stands in for them is no measurement, so no line lies on it. */
function withoutFloor(profile: Profile, values: ArrayLike<number>): Float64Array {
  const { states, log10, log10Floor } = profile;
  const kept = Float64Array.from(values);
  for (let i = 0; i < kept.length; i++) {
    if (states[i] === UNDERFLOWED && log10[i] <= log10Floor + 0.01) kept[i] = NaN;
  }
  return kept;
}
