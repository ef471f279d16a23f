/** The curves and bands of the amnesia plot as paths. */
import { traceBand, tracePath } from './line';
import type { Band, Path } from './line';
import { level, UNDERFLOWED } from './line_amnesia_input';
import type { AmnesiaInput, Profile } from './line_amnesia_input';
import type { Scale } from './scale';

export interface Line {
  readonly path: Path;
  readonly colour: string;
  readonly width: number;
  readonly opacity: number;
  /** The side after the output step, where lags fold the axis. */
  readonly dashed: boolean;
}

export interface ColouredBand {
  readonly band: Band;
  readonly colour: string;
}

/** The bands of more runs would hide each other. */
export function hasBands(profiles: readonly Profile[]): boolean {
  return profiles.length <= 4;
}

export function lines(input: AmnesiaInput, x: Scale, y: Scale): readonly Line[] {
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

export function bands(input: AmnesiaInput, x: Scale, y: Scale): readonly ColouredBand[] {
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
