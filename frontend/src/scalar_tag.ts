/** Which of a run's standard scalars the step is chosen on. */
import type { RunInfo } from './api';

/** The tags of the runs, the training's own before ours, each once. */
export function scalarTags(runs: readonly RunInfo[]): readonly string[] {
  const tags = [...new Set(runs.flatMap(({ scalars }) => scalars))];
  const ours = (tag: string): boolean => tag.startsWith('deepdebug/');
  return [...tags.filter((tag) => !ours(tag)), ...tags.filter(ours)];
}

const LIKELY = [
  /^loss$/i,
  /^(train|training|epoch|batch)[_/ ]?loss$/i,
  /^(?!deepdebug\/).*loss/i,
  /^deepdebug\/(training|epoch|probe)\/.*loss/i,
  /^(?!deepdebug\/check\/).*loss/i,
  /^(?!deepdebug\/)/,
];

/** The tag that looks most like the training loss; null where there is none. */
export function likelyTag(tags: readonly string[]): string | null {
  for (const pattern of LIKELY) {
    const found = tags.find((tag) => pattern.test(tag));
    if (found !== undefined) return found;
  }
  return tags[0] ?? null;
}
