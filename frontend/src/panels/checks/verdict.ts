/** How a check ended, in the order in which the records write it down. */

export const VERDICTS = ['pass', 'partial', 'fail', 'unknown', 'running'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** What stands in a list of checks: also those that nobody has run. */
export type Standing = Verdict | 'missing';

/** What is written beside the mark. */
export const WORDS: Readonly<Record<Standing, string>> = {
  pass: 'Pass',
  partial: 'Partial',
  fail: 'Fail',
  unknown: 'Unknown',
  running: 'Running',
  missing: 'Not run',
};

/** What to look at first. */
const URGENCY: readonly Standing[] = ['fail', 'partial', 'running', 'unknown', 'pass', 'missing'];

/** By its place in the list, as series hold it; a later version's word is none we know. */
export function verdictAt(place: number | undefined): Verdict {
  return VERDICTS[place ?? -1] ?? 'unknown';
}

/** By its word, as headers hold it. */
export function verdictOf(word: unknown): Verdict {
  return VERDICTS.find((verdict) => verdict === word) ?? 'unknown';
}

/** The same list, what failed first; equals stay in their order. */
export function urgentFirst<T extends { readonly verdict: Standing }>(
  list: readonly T[],
): readonly T[] {
  return [...list].sort((a, b) => URGENCY.indexOf(a.verdict) - URGENCY.indexOf(b.verdict));
}

const COUNTED: readonly (readonly [Standing, string])[] = [
  ['fail', 'failed'],
  ['partial', 'partial'],
  ['running', 'running'],
  ['unknown', 'unknown'],
  ['missing', 'not run'],
];

/** "3 of 6 verified, 1 failed, 2 not run". */
export function countWords(list: readonly { readonly verdict: Standing }[]): string {
  if (list.every(({ verdict }) => verdict === 'missing')) return `None of ${list.length} was run`;
  const count = (of: Standing): number => list.filter(({ verdict }) => verdict === of).length;
  const rest = COUNTED.map(([of, words]) => [count(of), words] as const)
    .filter(([number]) => number > 0)
    .map(([number, words]) => `${number} ${words}`);
  return [`${count('pass')} of ${list.length} verified`, ...rest].join(', ');
}
