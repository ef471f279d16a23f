/** The units of a layer over the recorded steps, asked for and read. */
import { useMemo } from 'preact/hooks';
import { series } from '../api';
import type { Series } from '../api';
import { rememberedSteps, unitSteps, type Measured, type UnitSteps } from '../chart/unit_steps';
import { useLoaded, useLoadedAll, type Loaded } from '../ui/loaded';
import type { Shown } from './activation_parts';
import { frameOf, lastStep, parsed } from './activation_views';

const VECTORS = ['unit_zero_fraction', 'unit_min', 'unit_max', 'unit_constant'] as const;
/** Numbers that one vector may bring; more steps than screen columns show nothing more. */
const MOST_NUMBERS = 1 << 17;
const [FEWEST_STEPS, MOST_STEPS] = [64, 600];

/** The series of each view, with the vectors by unit. */
export function useUnitSeries(views: readonly Shown[], units: number): readonly Loaded<Series>[] {
  const limit = Math.min(MOST_STEPS, Math.max(FEWEST_STEPS, Math.floor(MOST_NUMBERS / units)));
  return useLoadedAll(
    views.map(({ target: { run, record } }) =>
      series({ run: run.name, name: record.name, kind: 'activations', vectors: VECTORS, limit }),
    ),
  );
}

/** From the vectors or, where there are none, from the memory of the last frame; null: neither. */
export function useCourse(
  view: Shown | undefined,
  answer: Loaded<Series> | undefined,
): UnitSteps | null {
  const units = view?.frame?.units ?? 0;
  const data = answer?.data ?? null;
  const measured = useMemo(
    () => (data ? unitSteps(data.steps, units, measuredOf(data)) : null),
    [data, units],
  );
  const last = view && lastStep(view.target);
  const without = view?.frame?.history && data && !measured && last != null;
  const later = useLoaded(without ? frameOf(view.target, last, ['units', 'history']) : null);
  const memory = parsed(later.data, 0);
  const steps = view?.target.record.steps;
  return useMemo(
    () =>
      measured ??
      (memory?.history && steps ? rememberedSteps(steps, memory.history, memory.step) : null),
    [measured, memory, steps],
  );
}

function measuredOf({ planes }: Series): Measured {
  const [zero, min, max, constant] = VECTORS.map((name) => planes.get(name)?.data ?? []);
  return { width: planes.get('unit_min')?.shape[1] ?? 0, zero, min, max, constant };
}
