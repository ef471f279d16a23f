/** The loss curve that the step is chosen on, as geometry. */
import { tracePath } from './line';
import type { Path } from './line';
import { linearScale } from './scale';
import type { Rectangle, Scale } from './scale';
import { decade, decadeTicks, linearTicks, shortNumber } from './ticks';

export interface ScrubCurve {
  readonly colour: string;
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface ScrubLayout {
  readonly plot: Rectangle;
  readonly x: Scale;
  readonly y: Scale;
  readonly paths: readonly { readonly colour: string; readonly path: Path }[];
  /** Where a curve has a NaN or an infinity, which no line can show. */
  readonly broken: readonly { readonly x: number; readonly colour: string }[];
  readonly xTicks: readonly { readonly at: number; readonly label: string }[];
  readonly yTicks: readonly { readonly at: number; readonly label: string }[];
  /** The recorded steps. */
  readonly marks: readonly number[];
}

const MARGIN = { left: 52, right: 14, top: 6, bottom: 24 };

/** `recorded` ascend. On a log scale values that are not positive are gaps. */
export function layoutScrub(
  curves: readonly ScrubCurve[],
  recorded: readonly number[],
  log: boolean,
  width: number,
  height: number,
): ScrubLayout {
  const plot = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
  };
  const [from, to] = stepDomain(curves, recorded);
  const x = linearScale(from, to, plot.left, plot.left + plot.width);
  const drawn = curves.map(({ values, ...curve }) => ({
    ...curve,
    values: log ? Float64Array.from(values, (value) => Math.log10(value)) : values,
  }));
  const [low, high] = valueDomain(drawn);
  const y = linearScale(low, high, plot.top + plot.height, plot.top);
  const ticks = log && high - low > 1 ? decadeTicks(low, high, 4) : linearTicks(low, high, 3);
  return {
    plot,
    x,
    y,
    paths: drawn.map(({ colour, steps, values }) => ({
      colour,
      path: tracePath(steps, values, x, y),
    })),
    broken: curves.flatMap((curve) => brokenPlaces(curve, x)),
    xTicks: linearTicks(from, to, plot.width / 90)
      .filter((value) => Number.isInteger(value))
      .map((value) => ({ at: x.forward(value), label: value.toLocaleString('en-US') })),
    yTicks:
      curves.length === 0
        ? []
        : ticks.map((value) => ({ at: y.forward(value), label: tickLabel(value, log) })),
    marks: recorded.map(x.forward),
  };
}

function tickLabel(value: number, log: boolean): string {
  if (!log) return shortNumber(value);
  return Number.isInteger(value) ? decade(value) : shortNumber(10 ** value);
}

function stepDomain(
  curves: readonly ScrubCurve[],
  recorded: readonly number[],
): readonly [number, number] {
  let [from, to] = [recorded[0] ?? Infinity, recorded[recorded.length - 1] ?? -Infinity];
  for (const { steps } of curves) {
    if (steps.length === 0) continue;
    from = Math.min(from, steps[0]);
    to = Math.max(to, steps[steps.length - 1]);
  }
  if (from > to) return [0, 1];
  return from === to ? [from - 1, to + 1] : [from, to];
}

function valueDomain(curves: readonly ScrubCurve[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of curves) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue;
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
  }
  if (low > high) return [0, 1];
  const margin = (high - low) * 0.04 || Math.abs(high) * 0.1 || 1;
  return [low - margin, high + margin];
}

function brokenPlaces({ colour, steps, values }: ScrubCurve, x: Scale): ScrubLayout['broken'] {
  const found: { x: number; colour: string }[] = [];
  let last = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const place = x.forward(steps[i]);
    // One mark in six pixels is enough to see where it is broken.
    if (Number.isFinite(values[i]) || place - last < 6) continue;
    found.push({ x: place, colour });
    last = place;
  }
  return found;
}
