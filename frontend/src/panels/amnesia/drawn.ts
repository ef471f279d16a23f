/** What the amnesia plot draws: the runs, at the recorded output or the picked one, and references. */
import { useMemo } from 'preact/hooks';
import { hasBands } from '../../chart/line_amnesia';
import { gradientZoom, outputStep, recordIn, shownRuns, timeAxis } from '../../state';
import { useStable } from '../../ui/stable';
import { flag, optional, persisted } from '../../url';
import type { Told } from './jacobian';
import { LOG_MEAN } from './profiles';
import type { Curve } from './profiles';
import { useShown } from './questions';
import type { Shown, View } from './questions';
import type { PlotInput } from './tip';
import { untrainedOf, useUntrained } from './untrained';
import { isAligned } from './words';

export const relative = persisted('relative', false, flag);
/** Null: nobody has chosen, so the references are drawn while they do not hide the curves. */
export const untrained = persisted<boolean | null>('untrained', null, optional(flag));

export interface Drawn {
  /** At the recorded output. */
  readonly recorded: readonly Shown[];
  /** As the plot has them: those, or rows of the Jacobian. */
  readonly shown: readonly Shown[];
  readonly hasJacobian: boolean;
  /** The output step that was picked; null: as recorded. */
  readonly picked: number | null;
  /** Whether the curves before training are drawn; null where there are none. */
  readonly untrained: boolean | null;
  readonly references: readonly Curve[];
}

export function useDrawn(view: View, told: Told | null): Drawn {
  const { name } = view;
  const recorded = useShown(view);
  const hasJacobian = shownRuns.value.some((run) => recordIn(run, 'jacobian', name) !== null);
  const picked = hasJacobian ? outputStep.value : null;
  const shown = picked === null ? recorded : (told?.shown ?? before(recorded, told));
  const known = [...untrainedOf(name)].flatMap(([run, { last }]) =>
    picked === null || last['output_step'] === picked ? [run] : [],
  );
  const drawn = untrained.value ?? hasBands(shown);
  const references = useUntrained(
    picked === null ? view : { ...view, channel: 0, reduction: LOG_MEAN },
    drawn ? known : [],
  ).filter((reference) => shown.some((one) => isOfSameOutput(one, reference)));
  return {
    recorded,
    shown,
    hasJacobian,
    picked,
    untrained: known.length > 0 ? drawn : null,
    references: useStable(references),
  };
}

/** Until the rows of the Jacobian have come: what is shown already, if anything is. */
function before(recorded: readonly Shown[], told: Told | null): readonly Shown[] {
  if (told?.jacobians.size) return recorded;
  const nothing = { profile: null, earlier: [], scalars: null, missing: null, waiting: true };
  return recorded.map((one) => ({ ...one, ...nothing }));
}

function isOfSameOutput({ run, profile }: Shown, reference: Curve): boolean {
  return run === reference.run && profile?.outputStep === reference.outputStep;
}

export function useInput({ shown, references }: Drawn, told: Told | null): PlotInput {
  const axis = shown.some(isAligned) ? 'lag' : timeAxis.value;
  const [isRelative, window] = [relative.value, gradientZoom.value];
  const ramp = told?.ramp ?? null;
  return useMemo(
    () => ({
      profiles: shown.flatMap(({ profile }) => profile ?? []),
      earlier: shown.flatMap(({ earlier }) => earlier),
      references,
      axis,
      relative: isRelative,
      window,
      ramp,
    }),
    [shown, references, axis, isRelative, window, ramp],
  );
}
