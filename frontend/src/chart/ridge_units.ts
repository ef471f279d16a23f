/** Units x value at one step, as a picture for the heatmap: the colour is the share of a unit. */
import { FIRST_FINITE, type Picture } from './heatmap_picture';
import { density } from './ridge';
import type { Bins } from './ridge_bins';
import type { ValueScale } from './ridge_scale';

/**
 * Densities of each unit on `width` columns, coded for the heatmap.
 *
 * `counts`: `[units, bins]`, from bin `first`.
 */
export function histogramPicture(
  counts: Uint32Array,
  units: number,
  bins: Bins,
  first: number,
  scale: ValueScale,
  width: number,
): Picture {
  const slots = counts.length / units;
  const densities = new Float32Array(units * width);
  let most = 0;
  for (let unit = 0; unit < units; unit++) {
    const row = counts.subarray(unit * slots, (unit + 1) * slots);
    const values = density({ bins, first, counts: row }, scale, width);
    densities.set(values, unit * width);
    for (const value of values) most = Math.max(most, value);
  }
  const codes = Uint8Array.from(densities, (value) =>
    // Spline residue is nothing; a share that is there at all stays visible.
    value <= 1e-9 ? 4 : FIRST_FINITE + Math.round((250 * value) / (most || 1)),
  );
  const filled = (value: number): Float64Array => new Float64Array(units).fill(value);
  const [low, high, mean] = [filled(0), filled(most || 1), filled(0)];
  return { units, steps: width, stride: 1, codes, low, high, mean };
}
