/** The order of the units: frozen over the steps until someone sorts anew. */
import { useMemo, useRef } from 'preact/hooks';
import { order } from '../api';
import type { Request, UnitOrder } from '../api';
import { healthOrder } from '../chart/heatmap_health';
import { example, unitOrder } from '../state';
import { useLoaded, type Loaded } from '../ui/loaded';
import type { ActivationFrame } from './activation_frame';
import { frameOf, lastStep, parsed, type Target } from './activation_views';
import { sortedAt } from './view_state';

export interface Sorting {
  /** Units from top to bottom. */
  readonly order: Uint32Array;
  /** By unit, -1 where it runs against its neighbours; null where the order does not say. */
  readonly signs: ArrayLike<number> | null;
  readonly answer: Loaded<unknown>;
  /** Why the order is by index although another was chosen, or null. */
  readonly note: string | null;
  /** Sorts by the step that is shown; null where the order comes from it already. */
  readonly resort: (() => void) | null;
}

export function useSorting(
  of: Target | undefined,
  shown: ActivationFrame | null,
  reference: number | null,
): Sorting {
  const key = of ? JSON.stringify([of.run.name, of.record.name]) : '';
  const by = unitOrder.value;
  const at = useFrozen(of, key, by === 'health' ? lastStep(of) : reference);
  const similarity = useSimilarity(of, at, shown?.example ?? example.value);
  const health = useLoaded(
    of && by === 'health' && at !== null ? frameOf(of, at, ['units']) : null,
  );
  const measured = parsed(health.data, 0);
  const units = shown?.units ?? 0;
  const sorted = useMemo(() => {
    if (by === 'similarity' && similarity.data?.order.length === units)
      return similarity.data.order;
    if (by === 'health' && measured?.units === units) {
      return Uint32Array.from(healthOrder(measured.health, measured.measures.get('variance')));
    }
    return Uint32Array.from({ length: units }, (_, unit) => unit);
  }, [by, similarity.data, measured, units]);
  const answer: Loaded<unknown> = by === 'similarity' ? similarity : health;
  const stale = of && by !== 'index' && at !== of.step;
  return {
    order: sorted,
    signs: by === 'similarity' ? (similarity.data?.sign ?? null) : null,
    answer,
    note: answer.reason && `order by ${by}: ${answer.reason}`,
    resort: stale ? () => (sortedAt.value = new Map(sortedAt.peek()).set(key, of.step)) : null,
  };
}

/** The first step ever sorted by, or the one chosen since: a live run must not shuffle the rows. */
function useFrozen(of: Target | undefined, key: string, first: number | null): number | null {
  const kept = useRef(new Map<string, number>());
  const place = `${unitOrder.value} ${key}`;
  const step = sortedAt.value.get(key) ?? kept.current.get(place) ?? first;
  // TensorBoard keeps a sample of the steps: the one that was sorted by can be gone.
  const at = step !== null && of?.record.steps.includes(step) ? step : first;
  if (at !== null) kept.current.set(place, at);
  return at;
}

/** The server's order at a step; asked only while it is chosen. */
function useSimilarity(
  of: Target | undefined,
  at: number | null,
  which: number,
): Loaded<UnitOrder> {
  const wanted = unitOrder.value === 'similarity' && of && at !== null;
  return useLoaded(wanted ? orderOf(of, at, which) : null);
}

export function orderOf({ run, record }: Target, at: number, which: number): Request<UnitOrder> {
  const other = which > 0 ? { example: which } : {};
  return order({ run: run.name, name: record.name, step: at, ...other });
}
