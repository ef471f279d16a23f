/** The finding of a pre-activation picture in words. */
import { percentLabel } from './axis';

/** "99.8 % below zero; 14 of 16 units always negative". */
export function ridgeTitle(
  negative: number,
  count: number,
  alwaysNegative: number,
  units: number,
): string {
  if (!(count > 0)) return 'no finite value';
  const share = `${percentLabel(negative / count)} below zero`;
  if (alwaysNegative === 0) return share;
  return `${share}; ${alwaysNegative} of ${units} ${units === 1 ? 'unit' : 'units'} always negative`;
}
