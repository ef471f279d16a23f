/** Stretches of time in which a curve is in one state. */

/** From and to, in timesteps; cell t reaches from t - 0.5 to t + 0.5. */
export type Span = readonly [number, number];

/**
 * The stretches in which `wanted` holds for the state at the kept timesteps `t`. Where timesteps
 * were left out, the border lies half-way between the kept ones.
 */
export function spansOf(
  t: ArrayLike<number>,
  states: ArrayLike<number>,
  wanted: (state: number) => boolean,
): readonly Span[] {
  const spans: [number, number][] = [];
  let open = false;
  for (let i = 0; i < t.length; i++) {
    const holds = wanted(states[i]);
    const border = i === 0 ? t[0] - 0.5 : (t[i - 1] + t[i]) / 2;
    if (holds && !open) spans.push([border, border]);
    if (!holds && open) spans[spans.length - 1][1] = border;
    open = holds;
  }
  if (open) spans[spans.length - 1][1] = t[t.length - 1] + 0.5;
  return spans;
}

/** Where all of the lists have a stretch at once; nothing for no list. */
export function intersect(lists: readonly (readonly Span[])[]): readonly Span[] {
  if (lists.length === 0) return [];
  return lists.reduce((common, list) =>
    common.flatMap(([from, to]) =>
      list.map(([a, b]): Span => [Math.max(from, a), Math.min(to, b)]).filter(([a, b]) => a < b),
    ),
  );
}
