/** A long curve in as few points as a small picture can show. */

export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The least and the greatest of each stretch, so that a spike of one step is still seen. */
export function peakPoints(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  most: number,
): Points {
  const every = Math.ceil((2 * steps.length) / most);
  const kept = new Set<number>();
  for (let from = 0; from < steps.length; from += every) {
    const to = Math.min(from + every, steps.length);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      // What is not a number is kept as a gap.
      if (Number.isNaN(values[i])) kept.add(i);
      if (values[i] < values[low] || Number.isNaN(values[low])) low = i;
      if (values[i] > values[high] || Number.isNaN(values[high])) high = i;
    }
    kept.add(low).add(high);
  }
  const places = [...kept].sort((a, b) => a - b);
  return { x: places.map((i) => steps[i]), y: places.map((i) => values[i]) };
}
