/** How far back does the output look? |d output / d input_t| of every shown run. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { amnesiaVerdict } from '../amnesia';
import { hasBands, UNDERFLOWED, UNREACHABLE } from '../chart/line_amnesia';
import type { AmnesiaInput } from '../chart/line_amnesia';
import { useReport } from '../figures/use_report';
import { channel, descriptionOf, gradientZoom, problemsOf, recordName, timeAxis } from '../state';
import { shortened, Name } from '../ui/name';
import type { PanelProps, PanelSpec, Status, Table } from '../ui/panel';
import { flag, persisted, text } from '../url';
import { AmnesiaPlot } from './amnesia/plot';
import { LOG_MEAN } from './amnesia/profiles';
import { inFull, MAX_RUNS_WITH_HISTORY, useShown } from './amnesia/questions';
import type { Shown, View } from './amnesia/questions';
import { reductionName } from './amnesia/reductions';
import { reading } from './amnesia/tip';
import type { PlotInput } from './amnesia/tip';
import { Tools } from './amnesia/tools';

export const amnesia: PanelSpec = {
  id: 'amnesia',
  title: 'Amnesia',
  question: 'How far back does the output look?',
  kind: 'input_gradients',
  component: Amnesia,
};

const relative = persisted('relative', false, flag);
const reduction = persisted('reduction', LOG_MEAN, text);

function Amnesia({ panel }: PanelProps): JSX.Element {
  const name = recordName.input_gradients.value ?? '';
  const [close, setClose] = useState(false);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const detail = close || gradientZoom.value !== null;
  const view = { name, channel: channel.value, reduction: reduction.value, detail };
  const shown = useShown(view);
  const input = useInput(shown);
  const found = status(shown);
  useLayoutEffect(() => {
    panel.status.value = found;
  }, [shown]);
  useReport(
    panel,
    null,
    shown.flatMap((one) => notes(one, name)),
    () => ({
      png: () => canvas.current,
      csv: async () => table(await inFull(shown, view)),
      json: async () => exported(view, await inFull(shown, view)),
    }),
  );
  return (
    <>
      <Verdicts shown={shown} />
      <Tools
        frames={shown.map(({ frame }) => frame)}
        channels={channelCount(shown)}
        reduction={reduction}
        relative={relative}
        aligned={shown.some(isAligned)}
      />
      <AmnesiaPlot
        input={input}
        label={`Sensitivity of ${shortened(name)} to its input over time. ${spoken(shown)}`}
        canvas={canvas}
        onWindow={(to) => (gradientZoom.value = to)}
        onLookClosely={() => setClose(true)}
      />
      <p class="muted small">{caption(input, shown)}</p>
    </>
  );
}

/** Examples whose outputs stood at different timesteps share lags alone. */
function isAligned({ frame }: Shown): boolean {
  return frame?.header['aligned'] === true;
}

function useInput(shown: readonly Shown[]): PlotInput {
  const axis = shown.some(isAligned) ? 'lag' : timeAxis.value;
  const [isRelative, window] = [relative.value, gradientZoom.value];
  return useMemo(
    () => ({
      profiles: shown.flatMap(({ profile }) => profile ?? []),
      earlier: shown.flatMap(({ earlier }) => earlier),
      axis,
      relative: isRelative,
      window,
    }),
    [shown, axis, isRelative, window],
  );
}

/** One run failing must not hide the others: it becomes a note unless all have failed. */
function status(shown: readonly Shown[]): Status {
  const failed = shown.find((one) => one.failed !== null);
  if (failed && shown.every((one) => one.profile === null && !one.waiting)) {
    const retry = (): void => shown.forEach((one) => one.retry());
    return { state: 'error', reason: failed.failed ?? '', retry };
  }
  return shown.some(({ waiting }) => waiting) ? { state: 'loading' } : { state: 'ready' };
}

function notes(one: Shown, name: string): readonly string[] {
  const where = `step ${one.step} of ${shortened(name, 60)} (${shortened(one.run, 60)})`;
  const planes = [...(one.frame?.planes.values() ?? [])];
  const damage = [one.frame?.damaged, ...planes.map(({ damaged }) => damaged)];
  return [
    ...(one.failed === null ? [] : [`${where} can’t be shown: ${one.failed}`]),
    ...(one.missing === null ? [] : [`${where} ${one.missing}`]),
    ...damage.flatMap((reason) => (reason ? [`${where}: ${reason}`] : [])),
    ...problemsOf(one.run, name, 'input_gradients'),
  ];
}

const MAX_VERDICTS = 8;

/** The finding of every run in words: the legend of the plot. */
function Verdicts({ shown }: { readonly shown: readonly Shown[] }): JSX.Element {
  return (
    <ul class="verdicts">
      {shown.slice(0, MAX_VERDICTS).map(({ run, colour, scalars }) => {
        const verdict = scalars && amnesiaVerdict(scalars);
        return (
          <li key={run} title={descriptionOf(run, 'input_gradients')}>
            <span class="swatch" style={{ background: colour }} />
            <Name text={run} />
            {verdict && <strong class={verdict.mark}>{verdict.words}</strong>}
          </li>
        );
      })}
      {shown.length > MAX_VERDICTS && (
        <li class="muted">… and {shown.length - MAX_VERDICTS} more runs</li>
      )}
    </ul>
  );
}

function channelCount(shown: readonly Shown[]): number {
  return Math.max(0, ...shown.map(({ scalars }) => scalars?.['channels'] ?? 0));
}

function caption(input: AmnesiaInput, shown: readonly Shown[]): string {
  const { profiles, axis, earlier } = input;
  const steps = [...new Set(profiles.map(({ step }) => step))];
  const examples = Math.max(0, ...shown.map(({ scalars }) => scalars?.['examples'] ?? 0));
  const parts = [
    `|d output / d input| at step ${steps.join(', ')}`,
    examples > 1 ? `${reductionName(reduction.value)} of ${examples} examples` : '',
    shown.some(isAligned)
      ? 'their outputs stood at different timesteps and were moved to one, so only lags mean something'
      : '',
    hasBands(profiles) && profiles.some(({ low }) => low !== null)
      ? 'shaded: 95 % bootstrap band'
      : '',
    earlier.length > 0 ? 'faint: earlier steps' : '',
    earlier.length === 0 && reduction.value === LOG_MEAN && profiles.length > MAX_RUNS_WITH_HISTORY
      ? 'show one run alone to see its earlier steps'
      : '',
    axis === 'lag' ? 'dashed: after the output' : '',
    legend(input, UNDERFLOWED, 'hatched: underflowed, too small for the number format'),
    legend(input, UNREACHABLE, 'dark bar: unreachable, no path to the output'),
    'drag to zoom, double-click for all',
  ];
  return `${parts.filter(Boolean).join('; ')}.`;
}

function legend({ profiles, axis }: AmnesiaInput, state: number, words: string): string {
  return axis === 'timestep' && profiles.some(({ states }) => Array.from(states).includes(state))
    ? words
    : '';
}

function spoken(shown: readonly Shown[]): string {
  return shown
    .flatMap(({ run, scalars }) =>
      scalars ? [`${shortened(run, 60)}: ${amnesiaVerdict(scalars).words}.`] : [],
    )
    .join(' ');
}

function table(shown: readonly Shown[]): Table {
  const columns = ['run', 'step', 't', 'lag', 'log10', 'low', 'high', 'reading'];
  const number = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  const rows = shown.flatMap(({ profile }) => {
    if (!profile) return [];
    const { run, step, t, log10, low, high, outputStep } = profile;
    return Array.from(t, (at, i) => [
      run,
      step,
      at,
      at - outputStep,
      number(log10[i]),
      number(low?.[i]),
      number(high?.[i]),
      reading(profile, at),
    ]);
  });
  return { columns, rows };
}

function exported({ name, ...view }: View, shown: readonly Shown[]): unknown {
  return {
    name,
    reduction: view.reduction,
    channel: view.channel,
    kind: 'input_gradients',
    runs: shown.map(({ run, profile, scalars }) => ({ run, scalars, profile })),
  };
}
