/** How far back does the output look? |d output / d input_t| of every shown run. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { amnesiaVerdict, gainOverInit } from '../amnesia';
import { hasBands, UNDERFLOWED, UNREACHABLE } from '../chart/line_amnesia';
import type { AmnesiaInput } from '../chart/line_amnesia';
import { useReport } from '../figures/use_report';
import {
  channel,
  descriptionOf,
  gradientZoom,
  outputStep,
  problemsOf,
  recordIn,
  recordName,
  shownRuns,
  timeAxis,
} from '../state';
import { lazy } from '../ui/lazy';
import { shortened, Name } from '../ui/name';
import type { PanelProps, PanelSpec, Status } from '../ui/panel';
import { useStable } from '../ui/stable';
import { flag, optional, persisted, text } from '../url';
import type { Told } from './amnesia/jacobian';
import { AmnesiaPlot } from './amnesia/plot';
import { LOG_MEAN } from './amnesia/profiles';
import type { Curve } from './amnesia/profiles';
import { MAX_RUNS_WITH_HISTORY, useShown } from './amnesia/questions';
import type { Shown } from './amnesia/questions';
import { reductionName } from './amnesia/reductions';
import type { PlotInput } from './amnesia/tip';
import { Tools } from './amnesia/tools';
import { untrainedOf, useUntrained } from './amnesia/untrained';

export const amnesia: PanelSpec = {
  id: 'amnesia',
  title: 'Amnesia',
  question: 'How far back does the output look?',
  kind: 'input_gradients',
  component: Amnesia,
};

const relative = persisted('relative', false, flag);
const reduction = persisted('reduction', LOG_MEAN, text);
/** Null: nobody has chosen, so the references are drawn while they do not hide the curves. */
const untrained = persisted<boolean | null>('untrained', null, optional(flag));
const numbers = persisted('numbers', false, flag);

const Jacobian = lazy(() => import('./amnesia/jacobian').then((part) => part.Jacobian));
const NumbersTable = lazy(() => import('./amnesia/numbers').then((part) => part.NumbersTable));

function Amnesia({ panel }: PanelProps): JSX.Element {
  const name = recordName.input_gradients.value ?? '';
  const [close, setClose] = useState(false);
  const [told, setTold] = useState<Told | null>(null);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const below = useRef<HTMLCanvasElement | null>(null);
  const detail = close || gradientZoom.value !== null;
  const view = { name, channel: channel.value, reduction: reduction.value, detail };
  const recorded = useShown(view);
  const hasJacobian = shownRuns.value.some((run) => recordIn(run, 'jacobian', name) !== null);
  const picked = hasJacobian ? outputStep.value : null;
  const shown = picked === null ? recorded : (told?.shown ?? recorded.map(waiting));
  const known = [...untrainedOf(name).keys()];
  const drawn = untrained.value ?? hasBands(shown);
  const references = useUntrained(
    picked === null ? view : { ...view, channel: 0, reduction: LOG_MEAN },
    drawn ? known : [],
  ).filter((reference) => shown.some((one) => isOfSameOutput(one, reference)));
  const input = useInput(shown, references, told);
  const found = status(shown);
  useLayoutEffect(() => {
    panel.status.value = found;
  }, [shown]);
  const everything = {
    view,
    shown,
    outputStep: picked,
    untrained: references,
    jacobians: told?.jacobians ?? new Map(),
  };
  useReport(
    panel,
    null,
    shown.flatMap((one) => notes(one, name)),
    () => ({
      png: async () => {
        const canvases = [canvas.current, told?.jacobians.size ? below.current : null];
        return (await saving()).stacked(canvases.filter((one) => one !== null));
      },
      csv: async () => (await saving()).table(everything),
      json: async () => (await saving()).json(everything),
    }),
  );
  return (
    <>
      <Verdicts shown={shown} name={name} />
      <details
        open={numbers.value}
        onToggle={(event) => (numbers.value = event.currentTarget.open)}
      >
        <summary>Numbers</summary>
        {numbers.value && <NumbersTable name={name} shown={shown} />}
      </details>
      <Tools
        frames={shown.map(({ frame }) => frame)}
        channels={channelCount(recorded)}
        reduction={reduction}
        relative={relative}
        aligned={shown.some(isAligned)}
        untrained={known.length > 0 ? drawn : null}
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
      <p class="muted small">{caption(input, shown)}</p>
      {hasJacobian && (
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

/** Before the code of the Jacobian has come. */
function waiting(one: Shown): Shown {
  return { ...one, profile: null, earlier: [], scalars: null, missing: null, waiting: true };
}

function isOfSameOutput({ run, profile }: Shown, reference: Curve): boolean {
  return run === reference.run && profile?.outputStep === reference.outputStep;
}

/** Examples whose outputs stood at different timesteps share lags alone. */
function isAligned({ frame }: Shown): boolean {
  return frame?.header['aligned'] === true;
}

function useInput(
  shown: readonly Shown[],
  references: readonly Curve[],
  told: Told | null,
): PlotInput {
  const axis = shown.some(isAligned) ? 'lag' : timeAxis.value;
  const [isRelative, window] = [relative.value, gradientZoom.value];
  const stable = useStable(references);
  const [low, high] = told?.extent ?? [NaN, NaN];
  const ramp = told?.ramp ?? null;
  return useMemo(
    () => ({
      profiles: shown.flatMap(({ profile }) => profile ?? []),
      earlier: shown.flatMap(({ earlier }) => earlier),
      references: stable,
      axis,
      relative: isRelative,
      window,
      extent: Number.isNaN(low) ? null : ([low, high] as const),
      ramp,
    }),
    [shown, stable, axis, isRelative, window, low, high, ramp],
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
function Verdicts({
  shown,
  name,
}: {
  readonly shown: readonly Shown[];
  readonly name: string;
}): JSX.Element {
  const before = untrainedOf(name);
  return (
    <ul class="verdicts">
      {shown.slice(0, MAX_VERDICTS).map(({ run, colour, scalars }) => {
        const verdict = scalars && amnesiaVerdict(scalars);
        const untrained = before.get(run)?.last;
        const gain = scalars && untrained ? gainOverInit(scalars, untrained) : '';
        return (
          <li key={run} title={descriptionOf(run, 'input_gradients')}>
            <span class="swatch" style={{ background: colour }} />
            <Name text={run} />
            {verdict && (
              <span class="finding">
                <strong class={verdict.mark}>{verdict.words}</strong>
                {gain && <span class="muted"> · {gain}</span>}
              </span>
            )}
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
    examples > 1
      ? `${reductionName(outputStep.value === null ? reduction.value : LOG_MEAN)} of ${examples} examples`
      : '',
    shown.some(isAligned)
      ? 'their outputs stood at different timesteps and were moved to one, so only lags mean something'
      : '',
    hasBands(profiles) && profiles.some(({ low }) => low !== null)
      ? 'shaded: 95 % bootstrap band'
      : '',
    earlier.length > 0 ? 'faint: earlier steps' : '',
    input.references?.length ? 'dotted: untrained' : '',
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
