/** The rung of a memory ladder up to which a net can be taught to look back. */
import type { Answer } from './answer';

/** In timesteps; null where the check has no such number. */
export function reachOf({ check, numbers }: Answer): number | null {
  if (check !== 'memory_ladder') return null;
  const found = numbers.find(({ name }) => name === 'reach')?.value;
  return found === undefined || Number.isNaN(found) ? null : found;
}

/** The row of that distance: rungs begin with it, "64 steps back"; the first may be "the last value". */
export function rungOf(reach: number, labels: readonly string[]): number | null {
  const distance = (label: string): number =>
    Number(/^[\d,]+/.exec(label)?.[0].replaceAll(',', '') ?? NaN);
  const found = labels.findIndex((label) => distance(label) === reach);
  if (found >= 0) return found;
  return reach === 0 && labels.length > 0 ? 0 : null;
}
