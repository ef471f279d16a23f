/** How far back does the output look? |d output / d input_t| of every shown run. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import { useReport } from '../figures/use_report';
import { channel, gradientZoom, recordName } from '../state';
import { lazy } from '../ui/lazy';
import { shortened } from '../ui/name';
import type { Panel, PanelProps } from '../ui/panel';
import { flag, persisted, text } from '../url';
import { relative, untrained, useDrawn, useInput } from './amnesia/drawn';
import type { Drawn } from './amnesia/drawn';
import type { Told } from './amnesia/jacobian';
import { AmnesiaPlot } from './amnesia/plot';
import { LOG_MEAN } from './amnesia/profiles';
import type { Shown, View } from './amnesia/questions';
import { Tools } from './amnesia/tools';
import { Verdicts } from './amnesia/verdicts';
import { caption, isAligned, notes, spoken, status } from './amnesia/words';

const reduction = persisted('reduction', LOG_MEAN, text);
const numbers = persisted('numbers', false, flag);

const Jacobian = lazy(() => import('./amnesia/jacobian').then((part) => part.Jacobian));
const NumbersTable = lazy(() => import('./amnesia/numbers').then((part) => part.NumbersTable));

export function Amnesia({ panel }: PanelProps): JSX.Element {
  const name = recordName.input_gradients.value ?? '';
  const [close, setClose] = useState(false);
  const [told, setTold] = useState<Told | null>(null);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const below = useRef<HTMLCanvasElement | null>(null);
  const detail = close || gradientZoom.value !== null;
  const view = { name, channel: channel.value, reduction: reduction.value, detail };
  const drawn = useDrawn(view, told);
  const { shown, recorded, picked } = drawn;
  const input = useInput(drawn, told);
  const found = status(shown, picked !== null);
  useLayoutEffect(() => {
    panel.status.value = found;
  }, [shown]);
  useSaving(panel, view, drawn, told, [canvas, below]);
  return (
    <>
      <Verdicts shown={shown} name={name} />
      <details
        open={numbers.value}
        onToggle={(event) => (numbers.value = event.currentTarget.open)}
      >
        <summary>Numbers</summary>
        {numbers.value && (
          <NumbersTable
            name={name}
            shown={shown}
            rows={picked !== null}
            untrained={drawn.untrained === true}
          />
        )}
      </details>
      <Tools
        frames={shown.map(({ frame }) => frame)}
        channels={channelCount(recorded)}
        reduction={reduction}
        relative={relative}
        aligned={shown.some(isAligned)}
        untrained={drawn.untrained}
        onUntrained={(to) => (untrained.value = to)}
        recorded={picked === null ? null : (recorded[0]?.scalars?.['output_step'] ?? null)}
      />
      <AmnesiaPlot
        input={input}
        label={`Sensitivity of ${shortened(name)} to its input over time. ${spoken(shown)}`}
        canvas={canvas}
        onWindow={(to) => (gradientZoom.value = to)}
        onLookClosely={() => setClose(true)}
      />
      <p class="muted small">{caption(input, shown, picked === null ? reduction.value : null)}</p>
      {drawn.hasJacobian && (
        <Jacobian
          key={name}
          name={name}
          shown={recorded}
          input={input}
          canvas={below}
          tell={setTold}
        />
      )}
    </>
  );
}

const saving = () => import('./amnesia/exports');

/** Tells the card what is wrong with the records, and how to save them. */
function useSaving(
  panel: Panel,
  view: View,
  { shown, recorded, picked, references }: Drawn,
  told: Told | null,
  canvases: readonly RefObject<HTMLCanvasElement | null>[],
): void {
  const jacobians = told?.jacobians ?? new Map();
  const everything = { view, shown, outputStep: picked, untrained: references, jacobians };
  useReport(
    panel,
    null,
    recorded.flatMap((one) => notes(one, view.name)),
    () => ({
      png: async () => (await saving()).stacked(canvases),
      csv: async () => (await saving()).table(everything),
      json: async () => (await saving()).json(everything),
    }),
  );
}

function channelCount(shown: readonly Shown[]): number {
  return Math.max(0, ...shown.map(({ scalars }) => scalars?.['channels'] ?? 0));
}
