/** The value axis of a histogram picture: symmetric log or linear, zero always in view. */
import { linearTicks, symlogTicks, type Tick } from './axis';
import { occupied, valueQuantile, type Histogram } from './ridge_bins';

export type ValueAxis = 'symlog' | 'linear';

export interface ValueScale {
  readonly axis: ValueAxis;
  /** Values at the left and the right end. */
  readonly from: number;
  readonly to: number;
  /** Symmetric log: values nearer to zero than this are shown linearly. */
  readonly linear: number;
}

/** At least this share of the width lies on either side of zero. */
const MARGIN = 0.08;
/** A linear axis leaves out this share of the cells at either end: tails would flatten the rest. */
const TAIL = 0.001;

/** One scale for all the histograms shown together. */
export function valueScale(histograms: readonly Histogram[], axis: ValueAxis): ValueScale {
  const range = occupied(histograms) ?? [-1, 1];
  const [low, high] =
    axis === 'symlog'
      ? range
      : [valueQuantile(histograms, TAIL), valueQuantile(histograms, 1 - TAIL)];
  const typical = valueQuantile(histograms, 0.25, Math.abs);
  const linear = 10 ** Math.floor(Math.log10(typical > 0 ? typical : 1));
  const scale: ValueScale = { axis, linear, from: Math.min(low, 0), to: Math.max(high, 0) };
  const [left, right] = [place(scale, scale.from), place(scale, scale.to)];
  const margin = MARGIN * (right - left) || 1;
  return {
    ...scale,
    from: unplace(scale, Math.min(left, -margin)),
    to: unplace(scale, Math.max(right, margin)),
  };
}

/** The value's place on the axis, in its own units (not pixels). */
export function place({ axis, linear }: ValueScale, value: number): number {
  return axis === 'linear' ? value : Math.asinh(value / linear);
}

export function unplace({ axis, linear }: ValueScale, at: number): number {
  return axis === 'linear' ? at : Math.sinh(at) * linear;
}

/** The value's place between the ends: 0 left, 1 right. */
export function fraction(scale: ValueScale, value: number): number {
  const left = place(scale, scale.from);
  return (place(scale, value) - left) / (place(scale, scale.to) - left);
}

export function valueAt(scale: ValueScale, share: number): number {
  const left = place(scale, scale.from);
  return unplace(scale, left + share * (place(scale, scale.to) - left));
}

export function valueTicks(scale: ValueScale, most: number): Tick[] {
  if (scale.axis === 'symlog') return symlogTicks(scale.from, scale.to, scale.linear, most);
  return linearTicks(scale.from, scale.to, most).map((tick) => ({
    ...tick,
    major: tick.value === 0,
  }));
}
