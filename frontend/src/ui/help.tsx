/** The keys, on `?`. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['←', '→'], 'step before, step after'],
  [['Home', 'End'], 'on the loss curve: first step; latest'],
  [['Page Up', 'Page Down'], 'on the loss curve: ten steps'],
  [['[', ']'], 'layer before, layer after'],
  [['j', 'k'], 'next unit, unit before'],
  [['o'], 'order of units: index, similarity, health'],
  [['c'], 'compare: off, another run, another step'],
  [['t'], 'amnesia over timesteps or lags'],
  [['r'], 'filter runs'],
  [['Esc'], 'unit, zoom and help away'],
  [['?'], 'this help'],
];

export function Help({ close }: { readonly close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="help" ref={dialog} onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, what]) => (
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
      <button class="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
