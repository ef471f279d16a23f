/** The activations panel's own choices: order, axis, colours, and the way back from a zoom. */
import type { JSX } from 'preact';
import { grouped } from '../chart/axis';
import { isWhole, whole, type Window } from '../chart/heatmap_window';
import { unitOrder } from '../state';
import type { ActivationFrame } from './activation_frame';
import { Segments } from './segments';
import { clock, colourLimit } from './view_state';

export interface ActivationToolsProps {
  readonly frame: ActivationFrame;
  readonly window: Window;
  readonly setWindow: (window: Window) => void;
  readonly resort: (() => void) | null;
  /** The wheel was turned where it does not zoom. */
  readonly hint: boolean;
}

export function ActivationTools(props: ActivationToolsProps): JSX.Element {
  const { frame, resort } = props;
  return (
    <div class="tools">
      <Segments
        label="Order of units"
        name="Order"
        value={unitOrder.value}
        choices={['index', 'similarity', 'health']}
        onChoose={(to) => (unitOrder.value = to)}
      />
      {resort && (
        <button class="button" onClick={resort} title="The order is kept while the step changes">
          Sort at this step
        </button>
      )}
      {frame.timestamps && (
        <Segments
          label="Horizontal axis"
          name="Axis"
          value={clock.value}
          choices={['step', 'time']}
          words={{ step: 'timestep', time: 'time of day' }}
          onChoose={(to) => (clock.value = to)}
        />
      )}
      <Segments
        label="Colour limits"
        name="Colours"
        value={colourLimit.value}
        choices={['fixed', 'step']}
        words={{ fixed: 'fixed', step: 'per step' }}
        onChoose={(to) => (colourLimit.value = to)}
      />
      <Zoomed {...props} />
    </div>
  );
}

function Zoomed({ window, frame, setWindow, hint }: ActivationToolsProps): JSX.Element {
  const bounds = { steps: frame.steps, rows: frame.units };
  if (isWhole(window, bounds)) {
    const words = hint
      ? 'Click the picture first, or hold Ctrl, to zoom with the wheel'
      : 'Drag to zoom, click a row for its unit';
    return <span class="muted small hint">{words}</span>;
  }
  const [from, to] = [Math.floor(window.from), Math.ceil(window.to) - 1];
  return (
    <span class="field hint">
      <span class="small">
        {grouped(from)}–{grouped(to)}
      </span>
      <button class="button" onClick={() => setWindow(whole(bounds))}>
        Show all
      </button>
    </span>
  );
}
