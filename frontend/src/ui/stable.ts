import { useRef } from 'preact/hooks';

/** The same list as before while its members are the same, so that what follows from it is kept. */
export function useStable<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  const before = kept.current;
  const same =
    before.length === list.length && list.every((member, i) => Object.is(member, before[i]));
  if (!same) kept.current = list;
  return kept.current;
}
