/** What the numbers of an input-gradient profile say, in words; see docs/wire_format.md. */
import { shortNumber, times } from './chart/ticks';

export type Scalars = Readonly<Record<string, number>>;

export interface Verdict {
  readonly words: string;
  readonly mark: 'unknown' | 'good' | 'warning' | 'bad';
}

/** Ten times between near and far is fine; a thousand is much; a million is amnesia. */
const WARNING_DECADES = 3;
const BAD_DECADES = 6;
/** What an output sees of the steps before it: a tenth is little, a hundredth is next to nothing. */
const WARNING_SIGHT = 0.1;
const BAD_SIGHT = 0.01;

/** "1,000,000× less sensitive 452 steps away", and what could not be measured. */
export function amnesiaVerdict(scalars: Scalars): Verdict {
  const { drop_decades: drop, drop_lag: lag, log10_near: near, log10_far: far } = scalars;
  const { reach } = scalars;
  if (!Number.isFinite(near)) return { words: withoutProfile(scalars), mark: 'unknown' };
  // Within what it sees a net that is blind to the rest may well be flat.
  const blind = blindness(scalars);
  if (blind) return blind;
  if (drop >= 1) {
    const mark = drop >= BAD_DECADES ? 'bad' : drop >= WARNING_DECADES ? 'warning' : 'good';
    const words = `${times(drop)} less sensitive ${steps(lag)} away`;
    return { words: words + lost(scalars), mark };
  }
  const more = Math.floor(far - near);
  const words =
    more >= 1
      ? `${times(more)} more sensitive ${steps(reach)} away than near`
      : `about as sensitive ${steps(reach)} away as near`;
  return { words: words + lost(scalars), mark: 'good' };
}

/** The least difference between two profiles that is worth a word, in decades. */
const SAME = 0.1;

/**
 * What training has made of the memory: "2.3 decades flatter than untrained". Nothing where the two
 * profiles are not of the same output and the same lags: ratios of other lengths do not compare.
 */
export function gainOverInit(now: Scalars, before: Scalars): string {
  const same =
    now.output_step === before.output_step &&
    now.timesteps === before.timesteps &&
    Math.abs(now.reach - before.reach) <= SAME * before.reach;
  const gain = now.log10_amnesia_ratio - before.log10_amnesia_ratio;
  if (!same || !Number.isFinite(gain)) return '';
  if (Math.abs(gain) < SAME) return 'as flat as untrained';
  const decades = Math.abs(gain).toFixed(1);
  const unit = decades === '1.0' ? 'decade' : 'decades';
  return `${decades} ${unit} ${gain > 0 ? 'flatter' : 'steeper'} than untrained`;
}

/** A receptive field much shorter than the past; null where the output sees enough of it. */
function blindness({
  reach,
  output_step: output,
  timesteps,
  masked,
  nonfinite,
  unreachable,
  drop_decades: drop,
}: Scalars): Verdict | null {
  // Padding is no past: of short examples there is no more to see than what is valid.
  const past = Math.min(output, timesteps - masked - nonfinite - 1);
  const sight = reach / past;
  if (!(unreachable > 0 && sight < WARNING_SIGHT)) return null;
  const bad = sight < BAD_SIGHT || drop >= BAD_DECADES;
  const words = `sees only ${shortNumber(reach)} of ${steps(past)} back`;
  return { words, mark: bad ? 'bad' : 'warning' };
}

function steps(count: number): string {
  return count === 1 ? '1 step' : `${shortNumber(count)} steps`;
}

function lost({ underflowed, unreachable }: Scalars): string {
  const parts: string[] = [];
  if (underflowed > 0) parts.push(`${steps(underflowed)} underflowed`);
  if (unreachable > 0) parts.push(`${steps(unreachable)} out of reach`);
  return parts.length > 0 ? `; ${parts.join(', ')}` : '';
}

function withoutProfile({ timesteps, masked, unreachable, nonfinite }: Scalars): string {
  if (nonfinite > 0) return `no profile: the gradient is not finite at ${steps(nonfinite)}`;
  if (masked === timesteps) return 'no profile: every timestep is masked';
  if (unreachable > 0) return 'no profile: no timestep reaches the output';
  return 'no profile';
}
