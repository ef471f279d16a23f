/** What the amnesia panel says of its runs besides their verdicts. */
import { amnesiaVerdict } from '../../amnesia';
import { hasBands, UNDERFLOWED, UNREACHABLE } from '../../chart/line_amnesia';
import type { AmnesiaInput } from '../../chart/line_amnesia';
import { problemsOf } from '../../state';
import { shortened } from '../../ui/name';
import type { Status } from '../../ui/panel';
import { LOG_MEAN } from './profiles';
import { MAX_RUNS_WITH_HISTORY } from './questions';
import type { Shown } from './questions';
import { reductionName } from './reductions';

/** Examples whose outputs stood at different timesteps share lags alone. */
export function isAligned({ frame }: Shown): boolean {
  return frame?.header['aligned'] === true;
}

/** One run failing must not hide the others: it becomes a note unless all have failed. */
export function status(shown: readonly Shown[], rows: boolean): Status {
  const failed = shown.find((one) => one.failed !== null);
  if (failed && shown.every((one) => one.profile === null && !one.waiting)) {
    const retry = (): void => shown.forEach((one) => one.retry());
    return { state: 'error', reason: failed.failed ?? '', retry };
  }
  // The rows of one run stand while those of others are on their way.
  if (rows && shown.some(({ profile }) => profile !== null)) return { state: 'ready' };
  return shown.some(({ waiting }) => waiting) ? { state: 'loading' } : { state: 'ready' };
}

const KINDS = ['input_gradients', 'untrained', 'jacobian'] as const;

export function notes(one: Shown, name: string): readonly string[] {
  const where = `step ${one.step} of ${shortened(name, 60)} (${shortened(one.run, 60)})`;
  const planes = [...(one.frame?.planes.values() ?? [])];
  const damage = [one.frame?.damaged, ...planes.map(({ damaged }) => damaged)];
  return [
    ...(one.failed === null ? [] : [`${where} can’t be shown: ${one.failed}`]),
    ...(one.missing === null ? [] : [`${where} ${one.missing}`]),
    ...damage.flatMap((reason) => (reason ? [`${where}: ${reason}`] : [])),
    ...KINDS.flatMap((kind) => problemsOf(one.run, name, kind)),
  ];
}

export function caption(
  input: AmnesiaInput,
  shown: readonly Shown[],
  /** Null: rows of the Jacobian are shown. */
  reduction: string | null,
): string {
  const { profiles, axis, earlier } = input;
  const steps = [...new Set(profiles.map(({ step }) => step))];
  const examples = Math.max(0, ...shown.map(({ scalars }) => scalars?.['examples'] ?? 0));
  const parts = [
    `|d output / d input| at step ${steps.join(', ')}`,
    examples > 1 ? `${reductionName(reduction ?? LOG_MEAN)} of ${examples} examples` : '',
    shown.some(isAligned)
      ? 'their outputs stood at different timesteps and were moved to one, so only lags mean something'
      : '',
    hasBands(profiles) && profiles.some(({ low }) => low !== null)
      ? 'shaded: 95 % bootstrap band'
      : '',
    earlier.length > 0 ? 'faint: earlier steps' : '',
    input.references?.length ? 'dotted: untrained' : '',
    earlier.length === 0 && reduction === LOG_MEAN && profiles.length > MAX_RUNS_WITH_HISTORY
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

export function spoken(shown: readonly Shown[]): string {
  return shown
    .flatMap(({ run, scalars }) =>
      scalars ? [`${shortened(run, 60)}: ${amnesiaVerdict(scalars).words}.`] : [],
    )
    .join(' ');
}
