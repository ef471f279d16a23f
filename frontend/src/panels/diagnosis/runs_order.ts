/** In which order runs stand where they are compared. */
import type { RunAnswer } from './questions';
import { gravity } from './severity';

/** The gravest first, equals in the order of the runs; those that are not known yet at the end. */
export function byGravity<T extends Pick<RunAnswer, 'diagnosis'>>(
  answers: readonly T[],
): readonly T[] {
  const place = ({ diagnosis }: T): number => (diagnosis ? gravity(diagnosis.severity) : -2);
  return [...answers].sort((a, b) => place(b) - place(a));
}
