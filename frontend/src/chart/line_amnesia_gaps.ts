/** The three kinds of nothing in the amnesia plot, told apart. */
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from './line_amnesia_input';
import type { AmnesiaInput, Profile } from './line_amnesia_input';
import { gapsOf, isGap } from './line_amnesia_profile';
import { intersect, spansOf } from './line_spans';
import type { Rectangle, Scale } from './scale';
import { decade } from './ticks';

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

const LANE_HEIGHT = 6;
/** From one lane to the next. */
export const LANE_PITCH = LANE_HEIGHT + 2;

/** Stretches in which no shown run has a value, named for the reason. */
export function commonGaps({ profiles, axis }: AmnesiaInput, x: Scale): readonly Gap[] {
  if (axis === 'lag') return [];
  const common = intersect(profiles.map(gapsOf));
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
export function laneProfiles({ profiles, axis }: AmnesiaInput): readonly Profile[] {
  if (axis === 'lag') return [];
  const common = intersect(profiles.map(gapsOf));
  const covered = (at: number): boolean => common.some(([from, to]) => at >= from && at <= to);
  return profiles
    .filter(({ t, states }) => {
      for (let i = 0; i < t.length; i++) if (states[i] !== 0 && !covered(t[i])) return true;
      return false;
    })
    .slice(0, 6);
}

export function lane(profile: Profile, x: Scale, plot: Rectangle, row: number): Lane {
  const { t, states, colour } = profile;
  const marks = [UNDERFLOWED, UNREACHABLE, MASKED, NONFINITE].flatMap((state) =>
    spansOf(t, states, (other) => other === state).map(([from, to]) => ({
      left: Math.max(x.forward(from), plot.left),
      right: Math.min(x.forward(to), plot.left + plot.width),
      state,
    })),
  );
  const top = plot.top + plot.height + 2 + row * LANE_PITCH;
  return {
    top,
    height: LANE_HEIGHT,
    colour,
    marks: marks.filter(({ left, right }) => right > left),
  };
}

export function floorLabel(profiles: readonly Profile[]): string | null {
  const under = profiles.find(({ states }) => Array.from(states).includes(UNDERFLOWED));
  return under ? `< ${decade(Math.floor(under.log10Floor))}` : null;
}
