/** Units x value at one step, as a picture for the heatmap: the colour is the share of a unit's cells. */
import type { Picture } from './heatmap_picture';
import { density } from './ridge';
import type { Bins } from './ridge_bins';
import { fraction, type ValueScale } from './ridge_scale';

const ZERO_CODE = 4;
/** The code of 0 on a scale from -1 to 1, and the codes on either side of it. */
const CENTRE = 130;
const REACH = 125;

/**
 * Densities of each unit on `width` columns, coded for the heatmap with the sign of their side, so
 * that a diverging palette tells the sides apart. Codes go with the square root of the share: a thin
 * tail is what one looks for.
 *
 * `counts`: `[units, bins]`, from bin `first`.
 */
export function histogramPicture(
  counts: Float64Array | Uint32Array,
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
  const zero = fraction(scale, 0) * width;
  const codes = Uint8Array.from(densities, (value, i) => {
    // Rounding leaves specks of nothing between the bins.
    if (value <= 1e-7) return ZERO_CODE;
    const side = (i % width) + 0.5 < zero ? -1 : 1;
    return CENTRE + side * Math.ceil(REACH * Math.sqrt(value / most));
  });
  const filled = (value: number): Float64Array => new Float64Array(units).fill(value);
  return {
    units,
    steps: width,
    stride: 1,
    codes,
    low: filled(-1),
    high: filled(1),
    mean: filled(0),
  };
}
