/** Units x training steps: how each unit did at each recorded step. */
import type { UnitHistory } from './unit_history';

/** No number: nothing was recorded of the unit at this step. */
export const UNKNOWN = 0;
export const DEAD = 1;
export const CONSTANT = 2;
/** Between its first and its last dead step, of a unit that has come back in between. */
export const ON_AND_OFF = 3;
/** From here on active: `ACTIVE` never zero, up to `LAST` nearly always. */
export const ACTIVE = 4;
export const LAST = 20;

export interface UnitSteps {
  readonly units: number;
  /** Ascending; the columns. */
  readonly steps: readonly number[];
  /** `[units, steps]`. */
  readonly codes: Uint8Array;
  /** The vectors that the codes are of; null where they are of a memory. */
  readonly measured: Measured | null;
}

/** `[steps, width]` each, a step's units in a row; empty where they were left out. */
export interface Measured {
  readonly width: number;
  readonly zero: ArrayLike<number>;
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
  readonly constant: ArrayLike<number>;
}

/** From the vectors of a series; null where they were left out, as those of very wide layers are. */
export function unitSteps(
  steps: readonly number[],
  units: number,
  measured: Measured,
): UnitSteps | null {
  const { width, zero, min, max, constant } = measured;
  if (width < units) return null;
  const codes = new Uint8Array(units * steps.length);
  let known = false;
  for (let column = 0; column < steps.length; column++) {
    for (let unit = 0; unit < units; unit++) {
      const at = column * width + unit;
      const code = codeOf(zero[at], min[at], max[at], constant[at]);
      codes[unit * steps.length + column] = code;
      known ||= code !== UNKNOWN;
    }
  }
  return known ? { units, steps, codes, measured } : null;
}

function codeOf(zero: number, min: number, max: number, constant: number): number {
  if (min === 0 && max === 0) return DEAD;
  if (Number.isNaN(min) || Number.isNaN(max)) return UNKNOWN;
  if (constant >= 1) return CONSTANT;
  const share = zero >= 0 ? Math.min(1, zero) : 0;
  return ACTIVE + Math.round(share * (LAST - ACTIVE));
}

/** From the memory of the frame of step `now`, where there are no vectors: alive, dead, or both. */
export function rememberedSteps(
  steps: readonly number[],
  history: UnitHistory,
  now: number,
): UnitSteps {
  const { units, stepsDead, firstDead, lastDead, revived } = history;
  const codes = new Uint8Array(units * steps.length);
  for (let unit = 0; unit < units; unit++) {
    // The last return is the one after its last dead step; others lie before it.
    const returns = revived[unit] - (lastDead[unit] < now ? 1 : 0);
    for (let column = 0; column < steps.length && steps[column] <= now; column++) {
      const at = steps[column];
      const within = stepsDead[unit] > 0 && at >= firstDead[unit] && at <= lastDead[unit];
      const sure = at === firstDead[unit] || at === lastDead[unit] || returns <= 0;
      codes[unit * steps.length + column] = !within ? ACTIVE : sure ? DEAD : ON_AND_OFF;
    }
  }
  return { units, steps, codes, measured: null };
}

/** How many units were dead at each step. */
export function deadAt({ units, steps, codes }: UnitSteps): number[] {
  return steps.map((_, column) => {
    let dead = 0;
    for (let unit = 0; unit < units; unit++) {
      if (codes[unit * steps.length + column] === DEAD) dead++;
    }
    return dead;
  });
}

/** Units that were dead at one of the steps at least, and those that were not at a later one. */
export function everDead({ units, steps, codes }: UnitSteps): {
  readonly everDead: number;
  readonly revived: number;
} {
  const counts = { everDead: 0, revived: 0 };
  for (let unit = 0; unit < units; unit++) {
    const row = codes.subarray(unit * steps.length, (unit + 1) * steps.length);
    const first = row.indexOf(DEAD);
    if (first < 0) continue;
    counts.everDead++;
    if (row.subarray(first).some((code) => code >= CONSTANT)) counts.revived++;
  }
  return counts;
}

/** Where cells share a pixel, the one that must not be missed is seen. */
const WEIGHT = Uint8Array.from({ length: LAST + 1 }, (_, code) => {
  const worst = [UNKNOWN, ACTIVE, CONSTANT, ON_AND_OFF, DEAD].indexOf(code);
  return worst >= 0 ? 50 * worst : 50 + code;
});

/** Fills `out` `[height, width]` device pixels; `order` are the units from top to bottom. */
export function fillSteps(
  out: Uint32Array,
  width: number,
  height: number,
  { steps, codes }: UnitSteps,
  order: ArrayLike<number>,
  pixels: (code: number, x: number, y: number) => number,
): void {
  for (let y = 0; y < height; y++) {
    const [top, bottom] = span(y, height, order.length);
    for (let x = 0; x < width; x++) {
      const [from, to] = span(x, width, steps.length);
      let code = 0;
      for (let row = top; row < bottom; row++) {
        const start = order[row] * steps.length;
        for (let column = from; column < to; column++) {
          const other = codes[start + column];
          if (WEIGHT[other] > WEIGHT[code]) code = other;
        }
      }
      out[y * width + x] = pixels(code, x, y);
    }
  }
}

/** The cells under a pixel; at least one. */
function span(pixel: number, pixels: number, cells: number): readonly [number, number] {
  const first = Math.floor((pixel * cells) / pixels);
  return [first, Math.max(first + 1, Math.floor(((pixel + 1) * cells) / pixels))];
}
