/** Which units do the same, asked for once nobody is waiting for a picture. */
import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { clonesOf, type Clones } from '../chart/unit_clones';
import { unit, unitOrder } from '../state';
import { useLoaded } from '../ui/loaded';
import type { ActivationFrame } from './activation_frame';
import { orderOf } from './activation_sorting';
import type { Target } from './activation_views';

/** Whether someone has pointed at the panel: a page that is only opened asks no more than it draws. */
export const looked = signal(false);

/** Someone who goes through the steps does not ask at each, in ms. */
const REST = 400;
/** The server compares every pair of units: more of them only where an order by it is shown. */
const MOST_UNITS = 512;

/** Of the step and example shown; null until it is known, and where no unit has a clone. */
export function useClones(of: Target | undefined, shown: ActivationFrame | null): Clones | null {
  const { step, example } = shown ?? { step: 0, example: 0 };
  const similar = unitOrder.value === 'similarity';
  const wanted = similar || looked.value || unit.value !== null;
  const few = (shown?.units ?? 0) <= MOST_UNITS || similar;
  const asked = of && shown?.picture && wanted && few ? orderOf(of, step, example) : null;
  const [rested, setRested] = useState<string | null>(null);
  const key = asked?.key ?? null;
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(key), REST);
    return () => window.clearTimeout(timer);
  }, [key]);
  const { data, stale } = useLoaded(key === rested ? asked : null);
  const clone = stale ? null : (data?.clone ?? null);
  return useMemo(
    () => (clone && clone.length === shown?.units ? clonesOf(clone) : null),
    [clone, shown?.units],
  );
}
