/** From timesteps to columns of pixels so that no peak and no fault is lost. */
import type { Matrix } from './jacobian';
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from './line_amnesia_input';
import type { Scale } from './scale';

export interface Columns {
  readonly rows: number;
  readonly width: number;
  /** `[rows, width]`: the greatest value of each column; NaN where it has none. */
  readonly values: Float32Array;
  /** `[rows, width]`: what stands where there is no value; 0 where there is one. */
  readonly states: Uint8Array;
}

/** What is not finite is a fault and shows above any value; the kinds of nothing only among themselves. */
const WEIGHT = new Uint8Array(256);
WEIGHT[MASKED] = 1;
WEIGHT[UNREACHABLE] = 2;
WEIGHT[UNDERFLOWED] = 3;
WEIGHT[NONFINITE] = 5;
const VALUE_WEIGHT = 4;

/** `width` columns over what the scale shows, from its left end. */
export function poolColumns(matrix: Matrix, { low, high }: Scale, width: number): Columns {
  const { timesteps, log10, states } = matrix;
  const rows = matrix.outputSteps.length;
  const values = new Float32Array(rows * width).fill(NaN);
  const kinds = new Uint8Array(rows * width);
  const each = (high - low) / width;
  for (let column = 0; column < width; column++) {
    // Cell t reaches from t - 0.5 to t + 0.5.
    const first = Math.max(0, Math.floor(low + column * each + 0.5));
    const end = Math.min(
      timesteps,
      Math.max(first + 1, Math.ceil(low + (column + 1) * each + 0.5)),
    );
    for (let row = 0; row < rows; row++) {
      const place = row * width + column;
      let weight = 0;
      for (let i = row * timesteps + first; i < row * timesteps + end; i++) {
        const own = states[i] === 0 ? VALUE_WEIGHT : WEIGHT[states[i]];
        if (own < weight) continue;
        if (own === VALUE_WEIGHT) {
          if (own > weight || log10[i] > values[place]) values[place] = log10[i];
        } else if (own > VALUE_WEIGHT) values[place] = NaN;
        kinds[place] = states[i];
        weight = own;
      }
    }
  }
  return { rows, width, values, states: kinds };
}
