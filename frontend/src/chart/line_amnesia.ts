/** The amnesia plot as geometry: |d output / d input_t| on a log scale over timesteps or lags. */
import { traceBand, tracePath } from './line';
import type { Band, Path } from './line';
import { intersect, spansOf } from './line_spans';
import type { Span } from './line_spans';
import { linearScale } from './scale';
import type { Rectangle, Scale } from './scale';
import { decade, decadeTicks, linearTicks } from './ticks';

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

export interface AmnesiaInput {
  /** The chosen step of each run. */
  readonly profiles: readonly Profile[];
  /** Steps before, oldest first; drawn fading. */
  readonly earlier: readonly Profile[];
  readonly axis: 'timestep' | 'lag';
  /** Divides every curve by its near level, so that runs share one reference. */
  readonly relative: boolean;
  /** The window on the x axis; null: all. */
  readonly window: Span | null;
}

export interface Line {
  readonly path: Path;
  readonly colour: string;
  readonly width: number;
  readonly opacity: number;
  /** The side after the output step, where lags fold the axis. */
  readonly dashed: boolean;
}

export interface Guide {
  readonly y: number;
  readonly label: string;
  readonly strong: boolean;
  readonly colour: string | null;
}

/** A stretch of the x axis without values, in pixels. */
export interface Gap {
  readonly left: number;
  readonly right: number;
  readonly label: string;
}

/** A strip below the plot: one run's stretches that are not ordinary values. */
export interface Lane {
  readonly top: number;
  readonly height: number;
  readonly colour: string;
  readonly marks: readonly {
    readonly left: number;
    readonly right: number;
    readonly state: number;
  }[];
}

export interface AmnesiaLayout {
  readonly plot: Rectangle;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly { readonly at: number; readonly label: string }[];
  readonly yTicks: readonly { readonly at: number; readonly label: string }[];
  readonly lines: readonly Line[];
  readonly bands: readonly { readonly band: Band; readonly colour: string }[];
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
}

const MARGIN = { left: 52, right: 64, top: 24, bottom: 42 };
const LANE = 6;
const LEAST_DECADES = 2;

export function layoutAmnesia(input: AmnesiaInput, width: number, height: number): AmnesiaLayout {
  const laneRows = laneProfiles(input);
  const plot = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom - laneRows.length * (LANE + 2)),
  };
  const [from, to] = input.window ?? wholeWindow(input);
  const x = linearScale(from, to, plot.left, plot.left + plot.width);
  const [low, high] = decadeDomain(input);
  const y = linearScale(low, high, plot.top + plot.height, plot.top);
  return {
    plot,
    x,
    y,
    xTicks: linearTicks(from, to, plot.width / 90)
      .filter((value) => Number.isInteger(value))
      .map((value) => ({ at: x.forward(value), label: value.toLocaleString('en-US') })),
    yTicks: decadeTicks(low, high, plot.height / 28).map((value) => ({
      at: y.forward(value),
      label: decade(value),
    })),
    lines: lines(input, x, y),
    bands: hasBands(input.profiles) ? bands(input, x, y) : [],
    guides: guides(input, y),
    gaps: commonGaps(input, x),
    lanes: laneRows.map((profile, row) => lane(profile, x, plot, row)),
    outputs: outputs(input, x),
    xTitle: input.axis === 'lag' ? 'lag: timesteps from the output' : 'input timestep t',
    yTitle: input.relative ? '|∂ output / ∂ input|, near = 1' : '|∂ output / ∂ input|',
    floorLabel: floorLabel(laneRows),
  };
}

/** The bands of more runs would hide each other. */
export function hasBands(profiles: readonly Profile[]): boolean {
  return profiles.length <= 4;
}

/** What is subtracted from a profile's logarithms: its near level, or nothing. */
export function level(profile: Profile, relative: boolean): number {
  return relative && Number.isFinite(profile.near) ? profile.near : 0;
}

function wholeWindow({ profiles, axis }: AmnesiaInput): Span {
  const ends = profiles.map(({ timesteps, outputStep }) =>
    axis === 'lag' ? Math.max(outputStep, timesteps - 1 - outputStep) : timesteps - 1,
  );
  const last = Math.max(0, ...ends);
  return last > 0 ? [0, last] : [-0.5, 0.5];
}

/** From the least to the greatest value in whole decades, and never so narrow that noise fills it. */
function decadeDomain(input: AmnesiaInput): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const profile of [...input.profiles, ...input.earlier]) {
    const base = level(profile, input.relative);
    for (let i = 0; i < profile.log10.length; i++) {
      const value = profile.log10[i] - base;
      if (!Number.isFinite(value) || profile.states[i] !== 0) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return [-3, 0];
  [low, high] = [Math.floor(low - 0.05), Math.ceil(high + 0.05)];
  const missing = Math.max(0, LEAST_DECADES - (high - low));
  return [low - Math.ceil(missing / 2), high + Math.floor(missing / 2)];
}

function lines(input: AmnesiaInput, x: Scale, y: Scale): readonly Line[] {
  const perRun = new Map<string, number>();
  for (const { run } of input.earlier) perRun.set(run, (perRun.get(run) ?? 0) + 1);
  const age = new Map<string, number>();
  const fading = input.earlier.flatMap((profile) => {
    const place = (age.get(profile.run) ?? 0) + 1;
    age.set(profile.run, place);
    const opacity = 0.12 + 0.33 * (place / perRun.get(profile.run)!);
    return sides(profile, input, x, y).map((side) => ({ ...side, width: 1, opacity }));
  });
  const chosen = input.profiles.flatMap((profile) =>
    sides(profile, input, x, y).map((side) => ({ ...side, width: 1.75, opacity: 1 })),
  );
  return [...fading, ...chosen];
}

/** Nothing but zeros: the floor that stands in for them is no measurement, so no line lies on it. */
function isLost({ states, log10, log10Floor }: Profile, i: number): boolean {
  return states[i] === UNDERFLOWED && log10[i] <= log10Floor + 0.01;
}

type Side = Pick<Line, 'path' | 'colour' | 'dashed'>;

/** The curve; over lags its two sides, the one after the output step dashed. */
function sides(profile: Profile, input: AmnesiaInput, x: Scale, y: Scale): readonly Side[] {
  const base = level(profile, input.relative);
  const { t, colour, outputStep } = profile;
  const values = Float64Array.from(profile.log10, (value, i) =>
    isLost(profile, i) ? NaN : value - base,
  );
  if (input.axis === 'timestep')
    return [{ path: tracePath(t, values, x, y), colour, dashed: false }];
  return folded(t, outputStep).map(({ indices, dashed }) => ({
    path: tracePath(
      indices.map((i) => Math.abs(t[i] - outputStep)),
      indices.map((i) => values[i]),
      x,
      y,
    ),
    colour,
    dashed,
  }));
}

/** The indices before and after the output step, each by growing lag; a side of one point is left out. */
function folded(
  t: ArrayLike<number>,
  outputStep: number,
): readonly { readonly indices: readonly number[]; readonly dashed: boolean }[] {
  const before: number[] = [];
  const after: number[] = [];
  for (let i = 0; i < t.length; i++) {
    if (t[i] <= outputStep) before.unshift(i);
    if (t[i] >= outputStep) after.push(i);
  }
  return [
    { indices: before, dashed: false },
    { indices: after, dashed: true },
  ].filter(({ indices }) => indices.length > 1);
}

function bands(input: AmnesiaInput, x: Scale, y: Scale): AmnesiaLayout['bands'] {
  return input.profiles.flatMap((profile) => {
    const { low, high, colour, outputStep } = profile;
    if (!low || !high) return [];
    const base = level(profile, input.relative);
    const all = { indices: Array.from({ length: profile.t.length }, (_, i) => i) };
    const parts = input.axis === 'lag' ? folded(profile.t, outputStep) : [all];
    return parts.map(({ indices }) => ({
      colour,
      band: traceBand(
        indices.map((i) =>
          input.axis === 'lag' ? Math.abs(profile.t[i] - outputStep) : profile.t[i],
        ),
        indices.map((i) => (isLost(profile, i) ? NaN : low[i] - base)),
        indices.map((i) => high[i] - base),
        x,
        y,
      ),
    }));
  });
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

const isGap = (state: number): boolean => state >= UNREACHABLE;

/** Stretches in which no shown run has a value, named for the reason. */
function commonGaps({ profiles, axis }: AmnesiaInput, x: Scale): readonly Gap[] {
  if (axis === 'lag') return [];
  const common = intersect(profiles.map(({ t, states }) => spansOf(t, states, isGap)));
  return common
    .map(([from, to]) => ({
      left: Math.max(x.forward(from), x.forward(x.low)),
      right: Math.min(x.forward(to), x.forward(x.high)),
      label: gapLabel(profiles[0], (from + to) / 2),
    }))
    .filter(({ left, right }) => right - left >= 1);
}

function gapLabel({ t, states }: Profile, at: number): string {
  let i = 0;
  while (i + 1 < t.length && t[i + 1] <= at) i++;
  if (!isGap(states[i]) && i + 1 < t.length) i++;
  if (states[i] === MASKED) return 'masked';
  return states[i] === NONFINITE ? 'not finite' : 'unreachable';
}

/** The runs with stretches to tell apart that the common gaps do not tell already. */
function laneProfiles({ profiles, axis }: AmnesiaInput): readonly Profile[] {
  if (axis === 'lag') return [];
  const common = intersect(profiles.map(({ t, states }) => spansOf(t, states, isGap)));
  const covered = (at: number): boolean => common.some(([from, to]) => at >= from && at <= to);
  return profiles
    .filter(({ t, states }) => {
      for (let i = 0; i < t.length; i++) if (states[i] !== 0 && !covered(t[i])) return true;
      return false;
    })
    .slice(0, 6);
}

function lane(profile: Profile, x: Scale, plot: Rectangle, row: number): Lane {
  const { t, states, colour } = profile;
  const marks = [UNDERFLOWED, UNREACHABLE, MASKED, NONFINITE].flatMap((state) =>
    spansOf(t, states, (other) => other === state).map(([from, to]) => ({
      left: Math.max(x.forward(from), plot.left),
      right: Math.min(x.forward(to), plot.left + plot.width),
      state,
    })),
  );
  const top = plot.top + plot.height + 2 + row * (LANE + 2);
  return { top, height: LANE, colour, marks: marks.filter(({ left, right }) => right > left) };
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
      label: axis === 'lag' ? 'output' : `output at ${at.toLocaleString('en-US')}`,
      colour: places.size > 1 ? sharing[0] : '',
    }));
}

function floorLabel(profiles: readonly Profile[]): string | null {
  const under = profiles.find(({ states }) => Array.from(states).includes(UNDERFLOWED));
  return under ? `< ${decade(Math.floor(under.log10Floor))}` : null;
}
