/** Which units are dead, constant or broken, in what order that is seen, and in words. */

export type UnitHealth = 'nonfinite' | 'dead' | 'constant' | 'active';

/** Worst first: also the order in which units are listed. */
export const HEALTHS: readonly UnitHealth[] = ['nonfinite', 'dead', 'constant', 'active'];

/** What runs along the picture's second axis. */
export type Axis = 'time' | 'example' | 'space';

/** The measures of a `units` plane `[rows, units]`, by name. */
export interface UnitMeasures {
  readonly units: number;
  /** `[units]`; an empty array where the plane lacks the measure. */
  readonly get: (measure: string) => ArrayLike<number>;
}

export function unitMeasures(
  data: ArrayLike<number>,
  rows: readonly string[],
  units: number,
): UnitMeasures {
  const columns = new Map(
    rows.map((name, row) => [
      name,
      Float64Array.from({ length: units }, (_, unit) => data[row * units + unit]),
    ]),
  );
  return { units, get: (measure) => columns.get(measure) ?? [] };
}

/** The health of each unit, as the wire format defines it. */
export function unitHealth(measures: UnitMeasures): readonly UnitHealth[] {
  const get = measures.get;
  const [count, min, max, constant] = ['count', 'min', 'max', 'constant'].map(get);
  const broken = ['nan', 'negative_infinity', 'positive_infinity'].map(get);
  return Array.from({ length: measures.units }, (_, unit) => {
    if (broken.some((cells) => cells[unit] > 0)) return 'nonfinite';
    if (count[unit] > 0 && min[unit] === 0 && max[unit] === 0) return 'dead';
    return constant[unit] >= 1 ? 'constant' : 'active';
  });
}

/** Units from top to bottom: sick ones first, then the liveliest down to the stillest. */
export function healthOrder(health: readonly UnitHealth[], variance: ArrayLike<number>): number[] {
  const rank = health.map((kind) => HEALTHS.indexOf(kind));
  return health
    .map((_, unit) => unit)
    .sort((a, b) => rank[a] - rank[b] || (variance[b] || 0) - (variance[a] || 0) || a - b);
}

export type HealthCounts = Readonly<Record<UnitHealth, number>>;

export function healthCounts(health: readonly UnitHealth[]): HealthCounts {
  const counts = { nonfinite: 0, dead: 0, constant: 0, active: 0 };
  for (const kind of health) counts[kind]++;
  return counts;
}

const CONSTANT: Readonly<Record<Axis, string>> = {
  time: 'constant over time',
  example: 'the same for every example',
  space: 'constant over space',
};

/** "12 of 16 units dead, 4 constant over time, 0 active". */
export function healthTitle(counts: HealthCounts, axis: Axis): string {
  const { nonfinite, dead, constant, active } = counts;
  const units = nonfinite + dead + constant + active;
  const sick: readonly (readonly [number, string])[] = [
    [nonfinite, 'with NaN or infinity'],
    [dead, 'dead'],
    [constant, CONSTANT[axis]],
  ];
  const found = sick.filter(([count]) => count > 0);
  const noun = units === 1 ? 'unit' : 'units';
  if (found.length === 0)
    return units === 1 ? 'The one unit is active' : `All ${units} units active`;
  const [[count, what], ...rest] = found;
  const more = rest.map(([others, kind]) => `${others} ${kind}`);
  return [`${count} of ${units} ${noun} ${what}`, ...more, `${active} active`].join(', ');
}

/**
 * Share of each health, `[height, HEALTHS.length]`, under each pixel of the strip beside the rows.
 */
export function stripShares(
  health: readonly UnitHealth[],
  order: ArrayLike<number>,
  top: number,
  bottom: number,
  height: number,
): Float32Array {
  const kinds = HEALTHS.length;
  const shares = new Float32Array(height * kinds);
  const perPixel = (bottom - top) / height;
  for (let y = 0; y < height; y++) {
    const first = Math.max(0, Math.floor(top + y * perPixel + 1e-9));
    const end = Math.max(first + 1, Math.ceil(top + (y + 1) * perPixel - 1e-9));
    // Rows that are wider than a pixel: the one under its centre, so that edges stay sharp.
    const from = perPixel <= 1 ? Math.floor(top + (y + 0.5) * perPixel) : first;
    const to = perPixel <= 1 ? from + 1 : Math.min(order.length, end);
    for (let row = from; row < to && row < order.length; row++) {
      shares[y * kinds + HEALTHS.indexOf(health[order[row]])] += 1 / (to - from);
    }
  }
  return shares;
}
