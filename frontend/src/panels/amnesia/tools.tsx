/** What can be chosen in the amnesia panel. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { Frame } from '../../api';
import type { Span } from '../../chart/line_spans';
import { channel, timeAxis } from '../../state';
import { shortened } from '../../ui/name';

interface Props {
  /** What frames are there tell names; without one, channels are numbered. */
  readonly frames: readonly (Frame | null)[];
  readonly channels: number;
  readonly reduction: Signal<string>;
  readonly relative: Signal<boolean>;
  readonly timeWindow: Signal<Span | null>;
}

export function Tools({ frames, channels, reduction, relative, timeWindow }: Props): JSX.Element {
  return (
    <div class="tools">
      <Channels names={channelNames(frames, channels)} />
      <Reductions reduction={reduction} known={known(frames)} />
      <Segments label="Axis">
        <Segment on={timeAxis.value === 'timestep'} choose={() => setAxis('timestep', timeWindow)}>
          Timestep
        </Segment>
        <Segment on={timeAxis.value === 'lag'} choose={() => setAxis('lag', timeWindow)}>
          Lag
        </Segment>
      </Segments>
      <Segments label="Level">
        <Segment on={!relative.value} choose={() => (relative.value = false)}>
          Absolute
        </Segment>
        <Segment on={relative.value} choose={() => (relative.value = true)}>
          Relative to near
        </Segment>
      </Segments>
      {timeWindow.value && (
        <button class="button" onClick={() => (timeWindow.value = null)}>
          Show all
        </button>
      )}
    </div>
  );
}

// A window of timesteps means nothing in lags.
function setAxis(axis: 'timestep' | 'lag', timeWindow: Signal<Span | null>): void {
  if (timeAxis.value !== axis) timeWindow.value = null;
  timeAxis.value = axis;
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

const REDUCTIONS: Readonly<Record<string, string>> = {
  log_mean: 'log-mean',
  mean: 'mean',
  rms: 'RMS',
  signed_mean: 'signed mean',
};

/** Other ways to reduce the examples, where the run has recorded any. */
function Reductions(props: {
  readonly reduction: Signal<string>;
  readonly known: readonly string[];
}): JSX.Element | null {
  if (props.known.length < 2 && props.reduction.value === 'log_mean') return null;
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
            {REDUCTIONS[name] ?? name}
          </option>
        ))}
      </select>
    </label>
  );
}

function known(frames: readonly (Frame | null)[]): readonly string[] {
  const found = new Set(['log_mean']);
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

function Segments({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class="segments" role="radiogroup" aria-label={label}>
      {children}
    </span>
  );
}

interface SegmentProps {
  readonly on: boolean;
  readonly choose: () => void;
  readonly children: ComponentChildren;
}

function Segment({ on, choose, children }: SegmentProps): JSX.Element {
  return (
    <button class="button" role="radio" aria-checked={on} onClick={choose}>
      {children}
    </button>
  );
}
