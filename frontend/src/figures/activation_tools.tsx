/** The activations panel's own choices: view, order, example, axis, colours, back from a zoom. */
import type { JSX } from 'preact';
import { grouped } from '../chart/axis';
import { isWhole, whole, type Window } from '../chart/heatmap_window';
import { allExamples, example, moveExample, unitOrder } from '../state';
import type { ActivationFrame } from './activation_frame';
import type { Sorting } from './activation_sorting';
import { Segments } from './segments';
import { activationsView, clock, colourLimit } from './view_state';

export type View = typeof activationsView.value;

const WORDS: Readonly<Record<View, string>> = {
  step: 'this step',
  maps: 'feature maps',
  training: 'over training',
};

/** The views that the layer has; nothing where that is one. */
export function ShowChoice({ views }: { readonly views: readonly View[] }): JSX.Element | null {
  const taken = views.includes(activationsView.value) ? activationsView.value : 'step';
  if (views.length < 2) return null;
  return (
    <Segments
      label="What is shown of the layer"
      name="Show"
      value={taken}
      choices={views}
      words={WORDS}
      onChoose={(to) => (activationsView.value = to)}
    />
  );
}

export function OrderChoice({ sorting }: { readonly sorting: Sorting }): JSX.Element {
  const { resort } = sorting;
  return (
    <>
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
    </>
  );
}

/** Which of several pictured examples; `side` where all of them can be shown side by side. */
export function ExampleChoice({
  frame,
  side,
}: {
  readonly frame: ActivationFrame;
  readonly side: boolean;
}): JSX.Element | null {
  if (frame.examples < 2) return null;
  const all = side && allExamples.value;
  const turn = (by: number): void => {
    allExamples.value = false;
    moveExample(by);
  };
  return (
    <span class="field" role="group" aria-label="Example">
      <span class="muted">Example</span>
      <span class="segments">
        <button class="button" aria-label="Example before" onClick={() => turn(-1)}>
          ‹
        </button>
        <button
          class="button"
          aria-pressed={side ? !all : undefined}
          onClick={() => (allExamples.value = false)}
        >
          {frame.example + 1} of {frame.examples}
        </button>
        <button class="button" aria-label="Example after" onClick={() => turn(1)}>
          ›
        </button>
        {side && (
          <button
            class="button"
            aria-pressed={all}
            onClick={() => {
              allExamples.value = true;
              example.value = frame.example;
            }}
          >
            all
          </button>
        )}
      </span>
    </span>
  );
}

export interface ActivationToolsProps {
  readonly views: readonly View[];
  readonly frame: ActivationFrame;
  readonly window: Window;
  readonly setWindow: (window: Window) => void;
  readonly sorting: Sorting;
  /** Whether all examples can be shown side by side. */
  readonly side: boolean;
  /** The wheel was turned where it does not zoom. */
  readonly hint: boolean;
}

/** The tools of the heatmap. */
export function ActivationTools(props: ActivationToolsProps): JSX.Element {
  const { frame, views, sorting, side } = props;
  return (
    <div class="tools">
      <ShowChoice views={views} />
      <OrderChoice sorting={sorting} />
      <ExampleChoice frame={frame} side={side} />
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
      {frame.picture && (
        <Segments
          label="Colour limits"
          name="Colours"
          value={colourLimit.value}
          choices={['fixed', 'step']}
          words={{ fixed: 'fixed', step: 'per step' }}
          onChoose={(to) => (colourLimit.value = to)}
        />
      )}
      {frame.picture && <Zoomed {...props} />}
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
