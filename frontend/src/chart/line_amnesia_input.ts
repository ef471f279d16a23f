/** What the amnesia plot is made from. */
import type { Span } from './line_spans';

export const UNDERFLOWED = 1;
export const UNREACHABLE = 2;
export const MASKED = 3;
export const NONFINITE = 4;

/** One run's profile at one step. All arrays run over the kept timesteps `t`, ascending. */
export interface Profile {
  readonly run: string;
  readonly colour: string;
  readonly step: number;
  readonly outputStep: number;
  /** How many there are in all; `t` may hold a choice of them. */
  readonly timesteps: number;
  readonly t: ArrayLike<number>;
  /** log10 of the magnitude; NaN where there is none. */
  readonly log10: ArrayLike<number>;
  readonly states: ArrayLike<number>;
  readonly low: ArrayLike<number> | null;
  readonly high: ArrayLike<number> | null;
  /** log10 of the mean over the nearest lags: the level of a perfect memory. */
  readonly near: number;
  readonly log10Floor: number;
}

/** Colours that stand for logarithms, evenly from the least to the greatest. */
export interface Ramp {
  readonly extent: Span;
  readonly colours: readonly string[];
}

export interface AmnesiaInput {
  /** The chosen step of each run. */
  readonly profiles: readonly Profile[];
  /** Steps before, oldest first; drawn fading. */
  readonly earlier: readonly Profile[];
  /** What the profiles are held against: the nets before training; drawn dotted. */
  readonly references?: readonly Profile[];
  readonly axis: 'timestep' | 'lag';
  /** Divides every curve by its near level, so that runs share one reference. */
  readonly relative: boolean;
  /** The window on the x axis; null: all. */
  readonly window: Span | null;
  /** Of another picture that shares the y axis: which of its colours stand for which logarithms. */
  readonly ramp?: Ramp | null;
}

/** What is subtracted from a profile's logarithms: its near level, or nothing. */
export function level(profile: Profile, relative: boolean): number {
  return relative && Number.isFinite(profile.near) ? profile.near : 0;
}
