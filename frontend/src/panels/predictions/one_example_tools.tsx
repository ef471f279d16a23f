/** What can be chosen above the pictures of one row. */
import type { JSX } from 'preact';
import { Segments } from '../../figures/segments';
import { clock } from '../../figures/view_state';
import { channel } from '../../state';
import { shortened } from '../../ui/name';
import { Choice } from '../../ui/view_bar';
import type { Layer, Series } from './one_example_data';

/** What the time axis tells, where there are timestamps. */
export function ClockChoice({ series }: { readonly series: Series }): JSX.Element | null {
  if (!series.timestamps) return null;
  return (
    <Segments
      label="Time axis of the row"
      name="Axis"
      value={clock.value}
      choices={['step', 'time']}
      words={{ step: 'timestep', time: 'time of day' }}
      onChoose={(to) => (clock.value = to)}
    />
  );
}

export function LayerChoice(props: {
  readonly layers: readonly Layer[];
  readonly layer: Layer;
  readonly onChoose: (name: string) => void;
}): JSX.Element {
  return (
    <span class="field">
      <span class="muted">Layer</span>
      <Choice
        label="Layer of the row"
        value={props.layer.name}
        choices={props.layers.map(({ name }) => name)}
        onChoose={props.onChoose}
      />
    </span>
  );
}

/** Of the gradient; the amnesia panel's own choice. */
export function ChannelChoice({
  names,
}: {
  readonly names: readonly string[];
}): JSX.Element | null {
  if (names.length < 2) return null;
  return (
    <span class="field">
      <span class="muted">Gradient of</span>
      <select
        class="select"
        aria-label="Channel of the gradient"
        value={channel.value <= names.length ? channel.value : 0}
        onChange={(event) => (channel.value = Number(event.currentTarget.value))}
      >
        <option value={0}>all channels</option>
        {names.map((name, c) => (
          <option key={c} value={c + 1}>
            {shortened(name, 40)}
          </option>
        ))}
      </select>
    </span>
  );
}
