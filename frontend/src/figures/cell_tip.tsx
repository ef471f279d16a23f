/** What is said of the cell under the pointer. */
import type { JSX } from 'preact';
import { grouped, valueLabel } from '../chart/axis';
import { clockLabel } from '../chart/axis_clock';
import type { Hit } from '../chart/heatmap_layout';
import { cellValue, columnsOf, errorOf, type Picture } from '../chart/heatmap_picture';
import type { Clones } from '../chart/unit_clones';
import type { ActivationFrame } from './activation_frame';
import { lifeFacts, unitSummary, type Fact } from './unit_facts';

export function CellTip({
  frame,
  picture,
  order,
  clones,
  hit,
}: {
  readonly frame: ActivationFrame;
  readonly picture: Picture;
  readonly order: ArrayLike<number>;
  readonly clones: Clones | null;
  readonly hit: Hit;
}): JSX.Element | null {
  if (hit.step < 0 || hit.step >= picture.steps) return null;
  const unit = hit.row === null ? null : order[hit.row];
  return (
    <>
      {unit !== null && <strong>{unitName(frame, unit)}</strong>}
      <Facts
        facts={[
          ...placeFacts(frame, hit.step),
          ...(unit === null ? [] : valueFacts(picture, unit, hit.step)),
          ...(unit === null ? [] : unitSummary(frame.measures, unit, frame.health[unit])),
          ...(unit === null ? [] : lifeFacts(frame.history, clones, unit)),
          ...(unit === null ? inputFacts(frame, hit.step) : []),
        ]}
      />
    </>
  );
}

export function unitName({ names }: ActivationFrame, unit: number): string {
  return names?.[unit] === undefined ? `unit ${unit}` : `${names[unit]} (unit ${unit})`;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <table>
      <tbody>
        {facts.map(([name, text]) => (
          <tr key={name}>
            <td class="muted">{name}</td>
            <td class="number">{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function placeFacts({ axis, space, timestamps }: ActivationFrame, step: number): Fact[] {
  switch (axis) {
    case 'time':
      return [
        ['timestep', grouped(step)],
        ...(timestamps ? [['time', clockLabel(timestamps[step])] as const] : []),
      ];
    case 'example':
      return [['example', grouped(step)]];
    case 'space':
      return [
        [
          'row, column',
          space ? `${Math.floor(step / space[1])}, ${step % space[1]}` : String(step),
        ],
      ];
    default:
      return axis satisfies never;
  }
}

export function valueFacts(picture: Picture, unit: number, step: number): Fact[] {
  const column = Math.floor(step / picture.stride);
  const value = cellValue(picture, unit, picture.codes[unit * columnsOf(picture) + column]);
  const exact = value === null || value === 0 || !Number.isFinite(value);
  const text = exact
    ? valueLabel(value)
    : `${valueLabel(value)} ± ${valueLabel(errorOf(picture, unit), 2)}`;
  if (picture.stride === 1) return [['value', text]];
  const first = column * picture.stride;
  const last = Math.min(picture.steps, first + picture.stride) - 1;
  return [
    ['value', text],
    ['', `furthest from the mean of ${first}–${last}`],
  ];
}

function inputFacts({ input }: ActivationFrame, step: number): Fact[] {
  return input.map(({ name, series }) => [name, valueLabel(series[step] ?? null)]);
}
