/** The curves and bands of the amnesia plot as paths. */
import { traceBand, tracePath } from './line';
import type { Band, Curve, Path } from './line';
import { level } from './line_amnesia_input';
import type { AmnesiaInput, Profile } from './line_amnesia_input';
import { curveOf, sidesOf } from './line_amnesia_profile';
import type { Side } from './line_amnesia_profile';
import { linearScale } from './scale';
import type { Scale } from './scale';

export interface Line {
  readonly curve: Curve;
  /** Made when it is asked for: what is drawn as pixels needs none. */
  readonly path: () => Path;
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
export function hasBands(profiles: readonly unknown[]): boolean {
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

/** The curves that the others are held against. */
export function references(input: AmnesiaInput, x: Scale, y: Scale): readonly Line[] {
  return (input.references ?? []).flatMap((profile) =>
    sides(profile, input, x, y).map((side) => ({ ...side, width: 1.75, opacity: 0.9 })),
  );
}

/** The curve; over lags its two sides. */
function drawn(profile: Profile, { axis }: AmnesiaInput): readonly Side[] {
  return axis === 'lag' ? sidesOf(profile) : [curveOf(profile)];
}

/** The scale that puts a profile's own logarithms where they belong without their level. */
function shifted(y: Scale, by: number): Scale {
  if (by === 0) return y;
  return linearScale(y.low + by, y.high + by, y.forward(y.low), y.forward(y.high));
}

function sides(
  profile: Profile,
  input: AmnesiaInput,
  x: Scale,
  y: Scale,
): readonly Pick<Line, 'curve' | 'path' | 'colour' | 'dashed'>[] {
  const own = shifted(y, level(profile, input.relative));
  return drawn(profile, input).map(({ at, log10, dashed }) => ({
    curve: { xs: at, ys: log10, x, y: own },
    path: () => tracePath(at, log10, x, own),
    colour: profile.colour,
    dashed,
  }));
}

export function bands(input: AmnesiaInput, x: Scale, y: Scale): readonly ColouredBand[] {
  return input.profiles.flatMap((profile) => {
    const own = shifted(y, level(profile, input.relative));
    return drawn(profile, input).flatMap(({ at, low, high }) =>
      low && high ? [{ colour: profile.colour, band: traceBand(at, low, high, x, own) }] : [],
    );
  });
}
