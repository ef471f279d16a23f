/** What a recorder remembers of each unit over all its probes, also those that were not kept. */
import { grouped } from './axis';

/** `[units]` each. */
export interface UnitHistory {
  readonly units: number;
  /** Probes seen so far, and those at which the unit was dead. */
  readonly steps: ArrayLike<number>;
  readonly stepsDead: ArrayLike<number>;
  /** Training steps; NaN where it has never been dead. */
  readonly firstDead: ArrayLike<number>;
  readonly lastDead: ArrayLike<number>;
  /** How often a unit that was dead at one probe was not at the next. */
  readonly revived: ArrayLike<number>;
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
}

const ROWS = [
  'steps',
  'steps_dead',
  'first_dead_step',
  'last_dead_step',
  'revived',
  'min',
  'max',
] as const;

/** Reads a `history` plane `[7, units]`; null where a measure is missing. */
export function unitHistory(
  data: Float64Array,
  rows: readonly string[],
  units: number,
): UnitHistory | null {
  const places = ROWS.map((name) => rows.indexOf(name));
  if (places.includes(-1)) return null;
  const [steps, stepsDead, firstDead, lastDead, revived, min, max] = places.map((row) =>
    data.subarray(row * units, (row + 1) * units),
  );
  return { units, steps, stepsDead, firstDead, lastDead, revived, min, max };
}

export interface HistoryCounts {
  /** Units that have been dead at one probe at least. */
  readonly everDead: number;
  /** Units that have come back at least once. */
  readonly revived: number;
}

export function historyCounts({ units, stepsDead, revived }: UnitHistory): HistoryCounts {
  const counts = { everDead: 0, revived: 0 };
  for (let unit = 0; unit < units; unit++) {
    if (stepsDead[unit] > 0) counts.everDead++;
    if (revived[unit] > 0) counts.revived++;
  }
  return counts;
}

/** "first dead at step 8, dead in 20 of 30 probes, revived once"; "never dead in 30 probes". */
export function historyWords(history: UnitHistory, unit: number): string | null {
  const { steps, stepsDead, firstDead, revived } = history;
  if (!(steps[unit] > 0)) return null;
  const probes = `${steps[unit]} ${steps[unit] === 1 ? 'probe' : 'probes'}`;
  if (!(stepsDead[unit] > 0)) return `never dead in ${probes}`;
  const back = revived[unit] > 0 ? [`revived ${times(revived[unit])}`] : [];
  const first = `first dead at step ${grouped(firstDead[unit])}`;
  return [first, `dead in ${stepsDead[unit]} of ${probes}`, ...back].join(', ');
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}
