/** The keys, on `?`. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['←', '→'], 'step before, step after'],
  [['Home', 'End'], 'on the loss curve: first step; latest'],
  [['Page Up', 'Page Down'], 'on the loss curve: ten steps'],
  [['[', ']'], 'layer before, layer after'],
  [['j', 'k'], 'unit below, unit above'],
  [['e', 'E'], 'next example, example before'],
  [['o'], 'order of units: index, similarity, health'],
  [['c'], 'compare: off, another run, another step'],
  [['t'], 'amnesia over timesteps or lags'],
  [['r'], 'filter runs'],
  [['Esc'], 'unit, zooms and help away'],
  [['?'], 'this help'],
];

/** Where a picture has the focus, and with the pointer. */
const ON_PICTURES: typeof KEYS = [
  [['+', '-', '0'], 'heatmap: closer, wider, all'],
  [['←', '→'], 'heatmap, zoomed in: earlier, later'],
  [['↑', '↓'], 'heatmap: unit above, below; ridgeline: step before, after'],
  [['←', '→', '↑', '↓'], 'feature maps: the unit beside, above, below'],
  [['↑', '↓', 'Enter'], 'layer map: layer above, below; look at it in all panels'],
  [['click'], 'heatmap, feature maps: choose the unit; over training: go to the step'],
  [['drag'], 'heatmap, amnesia: zoom in; heatmap, zoomed in: move'],
  [['Shift + drag'], 'heatmap, zoomed in: zoom in further'],
  [['wheel', 'Ctrl + wheel'], 'heatmap: zoom in time, with focus; without'],
  [['Shift + wheel'], 'heatmap: zoom in units'],
  [['double click'], 'heatmap, amnesia: all'],
  [['drag', 'Shift + drag'], 'predictions: select rows, or move, as the tool says'],
  [['+', '-', '0', 'wheel'], 'predictions: closer, wider, all'],
  [['click'], 'predictions: look at the row'],
  [['n', 'p'], 'predictions: the next recorded row, the previous one'],
  [['←', '→', '↑', '↓'], 'checks: read the picture; table of runs: the cell beside'],
];

export function Help({ close }: { readonly close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="help" ref={dialog} onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <Keys of={KEYS} />
      <h2>On the pictures</h2>
      <Keys of={ON_PICTURES} />
      <button class="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

function Keys({ of }: { readonly of: typeof KEYS }): JSX.Element {
  return (
    <dl>
      {of.map(([keys, what]) => (
        <>
          <dt>
            {keys.map((key) => (
              <>
                <kbd>{key}</kbd>{' '}
              </>
            ))}
          </dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>
  );
}
