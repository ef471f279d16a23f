/** The values of every run under the pointer. */
import type { JSX } from 'preact';
import { percentLabel } from '../../chart/axis';
import type { AmnesiaInput, AmnesiaLayout, Profile } from '../../chart/line_amnesia';
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from '../../chart/line_amnesia';
import { nearestIndex } from '../../chart/scale';
import { decade, fromLog10 } from '../../chart/ticks';
import { Tip } from '../../figures/tip';
import { Name } from '../../ui/name';
import type { Curve } from './profiles';

/** The plot with what only the tip tells of its curves. */
export interface PlotInput extends AmnesiaInput {
  readonly profiles: readonly Curve[];
  readonly references: readonly Curve[];
}

interface Props {
  readonly input: PlotInput;
  readonly layout: AmnesiaLayout;
  /** CSS pixels from the left of the plot. */
  readonly at: number;
}

const MAX_ROWS = 12;

/** At the foot of the plot, where the curve of a net that forgets leaves room. */
export function CurveTip({ input, layout, at }: Props): JSX.Element {
  const value = Math.round(layout.x.reverse(at));
  const { left, width, top, height } = layout.plot;
  const foot = top + height - 8;
  return (
    <Tip at={{ x: at, y: top }} middle={left + width / 2} foot={foot}>
      <strong>{heading(input, value)}</strong>
      <table>
        <tbody>
          {input.profiles.slice(0, MAX_ROWS).flatMap((profile) => {
            const reference = input.references.find(({ run }) => run === profile.run);
            return [
              <Row
                key={profile.run}
                colour={profile.colour}
                name={<Name text={profile.run} />}
                profile={profile}
                at={places(profile, input.axis, value)}
              />,
              reference && (
                <Row
                  key={`${profile.run} untrained`}
                  colour="transparent"
                  name={<span class="muted">untrained</span>}
                  profile={reference}
                  at={places(profile, input.axis, value)}
                />
              ),
            ];
          })}
        </tbody>
      </table>
    </Tip>
  );
}

function Row(props: {
  readonly colour: string;
  readonly name: JSX.Element;
  readonly profile: Curve;
  readonly at: readonly number[];
}): JSX.Element {
  const { colour, name, profile, at } = props;
  return (
    <tr>
      <td>
        <span class="swatch" style={{ background: colour }} />
      </td>
      <td>{name}</td>
      {at.map((t) => (
        <td key={t} class="number">
          {reading(profile, t)}
          {leftOver(profile, t)}
        </td>
      ))}
    </tr>
  );
}

function heading({ axis, profiles }: AmnesiaInput, value: number): string {
  const count = value.toLocaleString('en-US');
  if (axis === 'timestep') {
    const output = profiles[0]?.outputStep;
    const lag =
      output === undefined
        ? ''
        : ` · ${Math.abs(value - output).toLocaleString('en-US')} from the output`;
    return `t = ${count}${profiles.every(({ outputStep }) => outputStep === output) ? lag : ''}`;
  }
  const twoSided = profiles.some((profile) => places(profile, 'lag', value).length > 1);
  return `${count} steps from the output${twoSided ? ': before, after' : ''}`;
}

/** The timesteps that a place on the x axis stands for. */
function places(
  { t, outputStep }: Profile,
  axis: AmnesiaInput['axis'],
  value: number,
): readonly number[] {
  if (axis === 'timestep') return [value];
  const both = value === 0 ? [outputStep] : [outputStep - value, outputStep + value];
  return both.filter((at) => at >= t[0] && at <= t[t.length - 1]);
}

/** What cancellation between examples leaves, where a signed mean is shown. */
export function leftOver({ cancellation, t, states }: Curve, at: number): string {
  const i = nearestIndex(t, at);
  const share = states[i] === 0 ? cancellation?.[i] : undefined;
  if (share === undefined || Number.isNaN(share)) return '';
  return ` (${percentLabel(share)} left after cancellation)`;
}

/** "3.2e-5", or which kind of nothing. */
export function reading(profile: Profile, at: number): string {
  const i = nearestIndex(profile.t, at);
  switch (profile.states[i]) {
    case UNDERFLOWED:
      return `< ${decade(Math.ceil(profile.log10Floor))} (underflowed)`;
    case UNREACHABLE:
      return 'unreachable';
    case MASKED:
      return 'masked';
    case NONFINITE:
      return 'not finite';
    default:
      return fromLog10(profile.log10[i]);
  }
}
