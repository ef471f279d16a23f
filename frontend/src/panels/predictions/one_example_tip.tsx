/** What stands at a timestep of one row: its input, a unit, the gradient. */
import type { JSX } from 'preact';
import { grouped, valueLabel } from '../../chart/axis';
import { clockLabel } from '../../chart/axis_clock';
import { cellValue, errorOf, type Picture } from '../../chart/heatmap_picture';
import {
  MASKED,
  NONFINITE,
  UNDERFLOWED,
  UNREACHABLE,
  type Profile,
} from '../../chart/line_amnesia';
import { decade, fromLog10 } from '../../chart/ticks';
import { Facts } from '../../figures/cell_tip';
import type { Fact } from '../../figures/unit_facts';
import { cellAt, type Series } from './one_example_data';

export interface Read {
  readonly series: Series;
  readonly picture: Picture | null;
  readonly profile: Profile | null;
}

export function ExampleTip({
  series,
  picture,
  profile,
  step,
  unit,
}: Read & { readonly step: number; readonly unit: number | null }): JSX.Element | null {
  if (step < 0 || step >= series.steps) return null;
  const named = picture && unit !== null;
  return (
    <>
      {named && <strong>unit {unit}</strong>}
      <Facts
        facts={[
          ['timestep', grouped(step)],
          ...(series.timestamps ? [['time', clockLabel(series.timestamps[step])] as const] : []),
          ...(named ? unitFacts(picture, unit, step) : []),
          ...series.input.map(({ name, series }) => [name, reading(series[step])] as const),
          ...(profile ? [['|gradient|', gradientReading(profile, step)] as const] : []),
        ]}
      />
    </>
  );
}

/** A masked input is stored as NaN. */
function reading(value: number): string {
  return Number.isNaN(value) ? 'masked' : valueLabel(value);
}

function unitFacts(picture: Picture, unit: number, step: number): Fact[] {
  const cells = picture.codes.length / picture.units;
  const cell = cellAt(picture, step);
  const value = cellValue(picture, unit, picture.codes[unit * cells + cell]);
  const exact = value === null || value === 0 || !Number.isFinite(value);
  const error = exact ? '' : ` ± ${valueLabel(errorOf(picture, unit), 2)}`;
  const text = `${valueLabel(value)}${error}`;
  if (cells === picture.steps) return [['activation', text]];
  const [first, next] = [cell, cell + 1].map((at) => Math.ceil((at * picture.steps) / cells));
  return [
    ['activation', text],
    ['', cells === 1 ? 'of all timesteps' : `of timesteps ${first}–${next - 1}`],
  ];
}

/** "3.2e-5", or which kind of nothing. */
export function gradientReading({ states, log10, log10Floor }: Profile, step: number): string {
  switch (states[step]) {
    case UNDERFLOWED:
      return `< ${decade(Math.ceil(log10Floor))} (underflowed)`;
    case UNREACHABLE:
      return 'unreachable';
    case MASKED:
      return 'masked';
    case NONFINITE:
      return 'not finite';
    default:
      return fromLog10(log10[step] ?? NaN);
  }
}
