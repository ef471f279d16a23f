/** What can be chosen in the amnesia panel. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Frame } from '../../api';
import { Segments } from '../../figures/segments';
import { grouped } from '../../chart/axis';
import { channel, gradientZoom, outputStep, setTimeAxis, timeAxis } from '../../state';
import { shortened } from '../../ui/name';
import { LOG_MEAN } from './profiles';
import { reductionName } from './reductions';

interface Props {
  /** What frames are there tell names; without one, channels are numbered. */
  readonly frames: readonly (Frame | null)[];
  readonly channels: number;
  readonly reduction: Signal<string>;
  readonly relative: Signal<boolean>;
  /** Only lags mean something. */
  readonly aligned: boolean;
  /** Whether the curves before training are drawn; null where there are none. */
  readonly untrained: boolean | null;
  readonly onUntrained: (drawn: boolean) => void;
  /** The recorded output step, while another one is looked at; null otherwise. */
  readonly recorded: number | null;
}

export function Tools(props: Props): JSX.Element {
  const { frames, channels, reduction, relative, aligned, untrained, recorded } = props;
  return (
    <div class="tools">
      {recorded === null ? (
        <>
          <Channels names={channelNames(frames, channels)} />
          <Reductions reduction={reduction} known={known(frames)} />
        </>
      ) : (
        <span class="field">
          Output
          <strong>{grouped(outputStep.value ?? recorded)}</strong>
          <button class="button" onClick={() => (outputStep.value = null)}>
            Back to {grouped(recorded)}, as recorded
          </button>
        </span>
      )}
      {!aligned && (
        <Segments
          label="What the horizontal axis counts"
          name="Axis"
          value={timeAxis.value}
          choices={['timestep', 'lag']}
          onChoose={setTimeAxis}
        />
      )}
      <Segments
        label="Level of the curves"
        name="Level"
        value={relative.value ? 'relative' : 'absolute'}
        choices={['absolute', 'relative']}
        words={{ absolute: 'absolute', relative: 'relative to near' }}
        onChoose={(to) => (relative.value = to === 'relative')}
      />
      {untrained !== null && (
        <label>
          <input
            type="checkbox"
            checked={untrained}
            onChange={(event) => props.onUntrained(event.currentTarget.checked)}
          />
          <span>Untrained</span>
        </label>
      )}
      {gradientZoom.value && (
        <button class="button" onClick={() => (gradientZoom.value = null)}>
          Show all
        </button>
      )}
    </div>
  );
}

function Channels({ names }: { readonly names: readonly string[] }): JSX.Element | null {
  if (names.length < 2) return null;
  return (
    <label>
      Channel
      <select
        class="select"
        value={channel.value}
        onChange={(event) => (channel.value = Number(event.currentTarget.value))}
      >
        <option value={0}>combined</option>
        {names.map((name, c) => (
          <option key={c} value={c + 1}>
            {shortened(name, 60)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Other ways to reduce the examples, where the run has recorded any. */
function Reductions(props: {
  readonly reduction: Signal<string>;
  readonly known: readonly string[];
}): JSX.Element | null {
  if (props.known.length < 2 && props.reduction.value === LOG_MEAN) return null;
  return (
    <label>
      Over examples
      <select
        class="select"
        value={props.reduction.value}
        onChange={(event) => (props.reduction.value = event.currentTarget.value)}
      >
        {props.known.map((name) => (
          <option key={name} value={name}>
            {reductionName(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function known(frames: readonly (Frame | null)[]): readonly string[] {
  const found = new Set([LOG_MEAN]);
  for (const frame of frames) {
    const reductions = frame?.header['reductions'];
    if (Array.isArray(reductions)) for (const name of reductions) found.add(String(name));
  }
  return [...found];
}

function channelNames(frames: readonly (Frame | null)[], count: number): readonly string[] {
  const named = frames.map((frame) => frame?.header['channels']).find(Array.isArray);
  return Array.from({ length: count }, (_, c) => String(named?.[c] ?? `channel ${c}`));
}
