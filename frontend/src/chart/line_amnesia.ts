/** The amnesia plot as geometry: |d output / d input_t| on a log scale over timesteps or lags. */
import { grouped } from './axis';
import { bands, hasBands, lines, references } from './line_amnesia_curves';
import type { ColouredBand, Line } from './line_amnesia_curves';
import { commonGaps, floorLabel, lane, laneProfiles, LANE_PITCH } from './line_amnesia_gaps';
import type { Gap, Lane } from './line_amnesia_gaps';
import { level } from './line_amnesia_input';
import type { AmnesiaInput } from './line_amnesia_input';
import { extentOf } from './line_amnesia_profile';
import type { Span } from './line_spans';
import { linearScale } from './scale';
import type { Rectangle, Scale } from './scale';
import { decade, decadeTicks, linearTicks } from './ticks';

export { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from './line_amnesia_input';
export { hasBands } from './line_amnesia_curves';
export type { AmnesiaInput, Profile, Ramp } from './line_amnesia_input';
export type { Gap, Lane };

export interface Guide {
  readonly y: number;
  readonly label: string;
  readonly strong: boolean;
  readonly colour: string | null;
}

export interface AmnesiaLayout {
  readonly plot: Rectangle;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly { readonly at: number; readonly label: string }[];
  readonly yTicks: readonly { readonly at: number; readonly label: string }[];
  readonly lines: readonly Line[];
  /** Dotted, below the lines. */
  readonly references: readonly Line[];
  readonly bands: readonly ColouredBand[];
  readonly guides: readonly Guide[];
  readonly gaps: readonly Gap[];
  readonly lanes: readonly Lane[];
  /** Where the outputs are read; in lags all of them are at 0. */
  readonly outputs: readonly {
    readonly x: number;
    readonly label: string;
    readonly colour: string;
  }[];
  readonly xTitle: string;
  readonly yTitle: string;
  /** Said beside the lanes: below what a number is lost. */
  readonly floorLabel: string | null;
  /** Colours along the y axis, from the bottom up. */
  readonly ramp: {
    readonly top: number;
    readonly bottom: number;
    readonly colours: readonly string[];
  } | null;
}

/** Another picture on the same time axis stands between the same margins. */
export const MARGIN = { left: 52, right: 64, top: 24, bottom: 42 };
const LEAST_DECADES = 2;

export function layoutAmnesia(input: AmnesiaInput, width: number, height: number): AmnesiaLayout {
  const laneRows = laneProfiles(input);
  const plot = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom - laneRows.length * LANE_PITCH),
  };
  const [from, to] = input.window ?? wholeWindow(input);
  const x = linearScale(from, to, plot.left, plot.left + plot.width);
  const [low, high] = decadesOf(input);
  const y = linearScale(low, high, plot.top + plot.height, plot.top);
  return {
    plot,
    x,
    y,
    xTicks: linearTicks(from, to, plot.width / 90)
      .filter((value) => Number.isInteger(value))
      .map((value) => ({ at: x.forward(value), label: grouped(value) })),
    yTicks: decadeTicks(low, high, plot.height / 28).map((value) => ({
      at: y.forward(value),
      label: decade(value),
    })),
    lines: lines(input, x, y),
    references: references(input, x, y),
    bands: hasBands(input.profiles) ? bands(input, x, y) : [],
    guides: guides(input, y),
    gaps: commonGaps(input, x),
    lanes: laneRows.map((profile, row) => lane(profile, x, plot, row)),
    outputs: outputs(input, x),
    xTitle: input.axis === 'lag' ? 'lag: timesteps from the output' : 'input timestep t',
    yTitle: input.relative ? '|∂ output / ∂ input|, near = 1' : '|∂ output / ∂ input|',
    floorLabel: floorLabel(laneRows),
    ramp: input.ramp
      ? {
          top: y.forward(input.ramp.extent[1]),
          bottom: y.forward(input.ramp.extent[0]),
          colours: input.ramp.colours,
        }
      : null,
  };
}

function wholeWindow({ profiles, axis }: AmnesiaInput): Span {
  const ends = profiles.map(({ timesteps, outputStep }) =>
    axis === 'lag' ? Math.max(outputStep, timesteps - 1 - outputStep) : timesteps - 1,
  );
  const last = Math.max(0, ...ends);
  return last > 0 ? [0, last] : [-0.5, 0.5];
}

/** All that is drawn, and what the colours beside the axis stand for. */
function decadesOf(input: AmnesiaInput): Span {
  let [low, high] = [Infinity, -Infinity];
  for (const profile of [...input.profiles, ...input.earlier, ...(input.references ?? [])]) {
    const base = level(profile, input.relative);
    const [least, greatest] = extentOf(profile);
    low = Math.min(low, least - base);
    high = Math.max(high, greatest - base);
  }
  [low, high] = wholeDecades(low, high);
  const [from, to] = input.ramp?.extent ?? [low, high];
  return [Math.min(low, from), Math.max(high, to)];
}

/** From the least to the greatest value in whole decades, and never so narrow that noise fills it. */
export function wholeDecades(least: number, greatest: number): Span {
  if (least > greatest) return [-3, 0];
  const [low, high] = [Math.floor(least - 0.05), Math.ceil(greatest + 0.05)];
  const missing = Math.max(0, LEAST_DECADES - (high - low));
  return [low - Math.ceil(missing / 2), high + Math.floor(missing / 2)];
}

const BELOW: readonly (readonly [number, string])[] = [
  [1, '10× less'],
  [3, '1,000× less'],
  [6, '10⁶× less'],
  [9, '10⁹× less'],
];

/** A flat line per reference level; the decades below it only where all runs share one level. */
function guides({ profiles, relative }: AmnesiaInput, y: Scale): readonly Guide[] {
  const known = profiles.filter(({ near }) => Number.isFinite(near));
  if (known.length === 0) return [];
  if (known.length > 1 && !relative) {
    return known.map(({ near, colour }, i) => ({
      y: y.forward(near),
      label: i === 0 ? 'flat' : '',
      strong: false,
      colour,
    }));
  }
  const reference = relative ? 0 : known[0].near;
  const flat = { y: y.forward(reference), label: 'flat', strong: true, colour: null };
  const below = BELOW.map(([decades, label]) => ({
    y: y.forward(reference - decades),
    label,
    strong: false,
    colour: null,
  }));
  const bottom = y.forward(y.low);
  return withoutCollisions([flat, ...below].filter((guide) => guide.y <= bottom));
}

const LABEL_HEIGHT = 13;

/** Guides from top to bottom; one too near to the last labelled loses its label. */
function withoutCollisions(all: readonly Guide[]): readonly Guide[] {
  let last = -Infinity;
  return all.map((guide) => {
    if (guide.y - last < LABEL_HEIGHT) return { ...guide, label: '' };
    last = guide.y;
    return guide;
  });
}

function outputs({ profiles, axis }: AmnesiaInput, x: Scale): AmnesiaLayout['outputs'] {
  const places = new Map<number, string[]>();
  for (const { outputStep, colour } of profiles) {
    const at = axis === 'lag' ? 0 : outputStep;
    places.set(at, [...(places.get(at) ?? []), colour]);
  }
  return [...places]
    .filter(([at]) => at >= x.low && at <= x.high)
    .map(([at, sharing]) => ({
      x: x.forward(at),
      label: axis === 'lag' ? 'output' : `output at ${grouped(at)}`,
      colour: places.size > 1 ? sharing[0] : '',
    }));
}
